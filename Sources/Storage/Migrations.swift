import GRDB

/// The migrations that make the schema. They are append-only: a released migration is never edited. They use SQL only,
/// so that later changes to our types cannot change what they do.
enum Migrations {
    /// "ACLR": distinguishes this program's files from others (PRAGMA application_id).
    static let applicationID: Int32 = 0x4143_4C52

    /// Marks the file as this program's. `Writer.probe` and `Store.settle` use it as a commit that writes a page and
    /// changes nothing.
    static func mark(_ db: Database) throws { try db.execute(sql: "PRAGMA application_id = \(applicationID)") }

    static var all: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1-pages-incidents-keys") { try $0.execute(sql: pagesIncidentsKeys) }
        migrator.registerMigration("2-maintenances") { try $0.execute(sql: maintenances) }
        migrator.registerMigration("3-api-keys") { try $0.execute(sql: apiKeys) }
        migrator.registerMigration("4-reaches") { db in
            try db.execute(
                sql: reaches(events: "incidents", spans: "incident_impacts", owner: "incident_id", kind: "incident"))
            try db.execute(
                sql: reaches(
                    events: "maintenances", spans: "maintenance_periods", owner: "maintenance_id", kind: "maintenance"))
            // No query looks up periods by component.
            try db.execute(sql: "DROP INDEX IF EXISTS maintenance_periods_by_component")
        }
        migrator.registerMigration("5-page-delivery") { try $0.execute(sql: pageDelivery) }
        migrator.registerMigration("6-updates-by-place") { db in
            try db.execute(
                sql: updatesByPlace(
                    of: "incident",
                    updates: "status IN ('investigating', 'identified') OR status IN ('monitoring', 'resolved')",
                    components: """
                        status IN ('operational', 'degraded_performance') OR status IN ('partial_outage', 'full_outage')
                        """))
            try db.execute(
                sql: updatesByPlace(
                    of: "maintenance",
                    updates: """
                        status IN ('maintenance_scheduled', 'maintenance_in_progress') OR status = 'maintenance_complete'
                        """,
                    components: "status IN ('operational', 'under_maintenance')"))
        }
        migrator.registerMigration("7-indexes-grow-at-their-end") { try $0.execute(sql: indexesGrowAtTheirEnd) }
        migrator.registerMigration("8-edits-and-request-hashes") { try $0.execute(sql: editsAndRequestHashes) }
        migrator.registerMigration("9-public-documents") { try $0.execute(sql: publicDocuments) }
        migrator.registerMigration("10-subscribers") { try $0.execute(sql: subscribers) }
        migrator.registerMigration("11-audit-log") { try $0.execute(sql: auditLog) }
        migrator.registerMigration("12-made-pages") { try $0.execute(sql: madePages) }
        migrator.registerMigration("13-dashboard") { try $0.execute(sql: dashboard) }
        return migrator
    }

    /// Users of the dashboard, and what they prepare there. Only hashes of secrets are stored, except the secret of a
    /// second factor, which the server needs to check codes.
    private static let dashboard = """
        CREATE TABLE users (
            id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 26),
            email TEXT NOT NULL UNIQUE COLLATE NOCASE CHECK (length(email) > 0),
            name TEXT NOT NULL CHECK (length(name) > 0),
            role TEXT NOT NULL CHECK (role IN ('owner', 'editor') OR role IN ('publisher', 'viewer')),
            -- scrypt's parameters, salt and hash in the PHC string format. NULL: cannot log in with a password.
            password TEXT CHECK (length(password) > 0),
            totp_secret BLOB CHECK (length(totp_secret) = 20),
            -- The step of the last code that was used, so that no code works twice.
            totp_last_step INTEGER CHECK (totp_last_step IS NULL OR totp_secret IS NOT NULL),
            time_zone TEXT NOT NULL DEFAULT 'UTC' CHECK (length(time_zone) > 0),
            theme TEXT NOT NULL DEFAULT 'auto' CHECK (theme IN ('auto', 'light') OR theme = 'dark'),
            created_at INTEGER NOT NULL,
            disabled_at INTEGER,
            last_login_at INTEGER
        ) STRICT;

        CREATE TABLE sessions (
            hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
            user_id TEXT NOT NULL REFERENCES users (id),
            created_at INTEGER NOT NULL,
            last_seen_at INTEGER NOT NULL,
            -- When the user last proved who they are.
            confirmed_at INTEGER NOT NULL,
            method TEXT NOT NULL CHECK (method IN ('password', 'totp') OR method = 'header'),
            user_agent TEXT NOT NULL,
            address TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX sessions_by_user ON sessions (user_id);

        CREATE TABLE account_links (
            hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
            kind TEXT NOT NULL CHECK (kind IN ('setup', 'invitation') OR kind = 'reset'),
            user_id TEXT REFERENCES users (id) CHECK ((user_id IS NOT NULL) = (kind = 'reset')),
            email TEXT CHECK ((email IS NOT NULL) = (kind = 'invitation')),
            name TEXT,
            role TEXT CHECK ((role IS NOT NULL) = (kind = 'invitation')),
            -- NULL: the command line.
            created_by TEXT REFERENCES users (id),
            expires_at INTEGER NOT NULL,
            used_at INTEGER
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE recovery_codes (
            hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
            user_id TEXT NOT NULL REFERENCES users (id),
            used_at INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX recovery_codes_by_user ON recovery_codes (user_id);

        ALTER TABLE api_keys ADD COLUMN creator_user_id TEXT REFERENCES users (id)
            CHECK (creator_user_id IS NULL OR creator_id IS NULL);

        CREATE TABLE templates (
            id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 26),
            -- NULL: for every page.
            page_id TEXT REFERENCES pages (id),
            kind TEXT NOT NULL CHECK (kind IN ('incident', 'maintenance')),
            name TEXT NOT NULL CHECK (length(name) > 0),
            title TEXT NOT NULL,
            status TEXT,
            message TEXT NOT NULL,
            -- JSON: statuses by the id of their component.
            component_statuses TEXT NOT NULL CHECK (json_type(component_statuses) = 'object'),
            notify INTEGER CHECK (notify IN (0, 1)),
            duration_minutes INTEGER CHECK (duration_minutes > 0),
            automate INTEGER CHECK (automate IN (0, 1)),
            position INTEGER NOT NULL,
            archived_at INTEGER
        ) STRICT;

        -- Unfinished forms.
        CREATE TABLE drafts (
            user_id TEXT NOT NULL REFERENCES users (id),
            page_id TEXT NOT NULL REFERENCES pages (id),
            kind TEXT NOT NULL CHECK (kind IN ('incident', 'maintenance')),
            -- The event that the form updates; empty for a new one. It may have been deleted.
            event_id TEXT NOT NULL,
            -- JSON: lists of texts by the name of their field.
            fields TEXT NOT NULL CHECK (json_type(fields) = 'object'),
            -- The last update that the form showed.
            after TEXT,
            updated_at INTEGER NOT NULL,
            PRIMARY KEY (user_id, page_id, kind, event_id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE structure_drafts (
            page_id TEXT NOT NULL REFERENCES pages (id),
            user_id TEXT NOT NULL REFERENCES users (id),
            base_revision INTEGER NOT NULL,
            tree TEXT NOT NULL CHECK (json_valid(tree)),
            updated_at INTEGER NOT NULL,
            PRIMARY KEY (page_id, user_id)
        ) STRICT, WITHOUT ROWID;

        -- The results of submitted forms, so that a form sent twice takes effect once. Rows are deleted after a day.
        CREATE TABLE form_submissions (
            key TEXT NOT NULL PRIMARY KEY CHECK (length(key) = 26),
            user_id TEXT NOT NULL REFERENCES users (id),
            -- The path to redirect to.
            location TEXT NOT NULL,
            created_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- NULL for updates from before this version.
        ALTER TABLE incident_updates ADD COLUMN author_kind TEXT CHECK (length(author_kind) > 0);
        ALTER TABLE incident_updates ADD COLUMN author_id TEXT CHECK (length(author_id) = 26);
        ALTER TABLE maintenance_updates ADD COLUMN author_kind TEXT CHECK (length(author_kind) > 0);
        ALTER TABLE maintenance_updates ADD COLUMN author_id TEXT CHECK (length(author_id) = 26);
        -- Whether subscribers are notified when an automated maintenance starts and ends.
        ALTER TABLE maintenances ADD COLUMN notifies_automatically INTEGER NOT NULL DEFAULT 0
            CHECK (notifies_automatically IN (0, 1));
        UPDATE maintenances SET notifies_automatically = coalesce((
            SELECT notify_subscribers FROM maintenance_updates
            WHERE maintenance_id = maintenances.id AND maintenance_updates.position = 0), 0)
        WHERE automated;
        ALTER TABLE pages ADD COLUMN time_zone TEXT NOT NULL DEFAULT 'UTC' CHECK (length(time_zone) > 0);
        CREATE TABLE page_favicons (
            page_id TEXT NOT NULL PRIMARY KEY REFERENCES pages (id),
            bytes BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        -- Nothing is sent before this time.
        ALTER TABLE notifications ADD COLUMN held_until INTEGER;
        """

    /// Until now, every page came from the configuration.
    private static let madePages = """
        ALTER TABLE pages ADD COLUMN managed_by TEXT NOT NULL DEFAULT 'external'
            CHECK (managed_by IN ('external', 'dashboard'));
        ALTER TABLE pages ADD COLUMN revision INTEGER NOT NULL DEFAULT 0 CHECK (revision >= 0);

        -- The resources that a tool such as Terraform manages.
        CREATE TABLE claims (
            resource_type TEXT NOT NULL,
            resource_id TEXT NOT NULL,
            -- JSON: an object with texts.
            annotations TEXT NOT NULL CHECK (json_type(annotations) = 'object'),
            PRIMARY KEY (resource_type, resource_id)
        ) STRICT, WITHOUT ROWID;
        """

    /// Ids are ULIDs as text, so that the file shows the same ids as clients see. Times are milliseconds since the Unix
    /// epoch. The IN lists have at most two values: SQLite compares two values directly. For more, it builds a table
    /// for each row written.
    private static let pagesIncidentsKeys = """
        CREATE TABLE pages (
            id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 26),
            slug TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            description TEXT,
            kind TEXT NOT NULL CHECK (kind IN ('public', 'customer') OR kind = 'internal'),
            domain TEXT,
            widget INTEGER NOT NULL CHECK (widget IN (0, 1)),
            display_uptime_mode TEXT NOT NULL
                CHECK (display_uptime_mode IN ('chart_and_percentage', 'chart_only') OR display_uptime_mode = 'nothing'),
            created_at INTEGER NOT NULL,
            archived_at INTEGER
        ) STRICT;

        CREATE TABLE components (
            id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 26),
            name TEXT NOT NULL,
            description TEXT,
            managed_by TEXT NOT NULL CHECK (managed_by IN ('external', 'dashboard')),
            created_at INTEGER NOT NULL,
            archived_at INTEGER
        ) STRICT;

        -- The components, groups and sub-pages of each page. `key` is the key in the configuration.
        CREATE TABLE structure_items (
            id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 26),
            page_id TEXT NOT NULL REFERENCES pages (id),
            kind TEXT NOT NULL CHECK (kind IN ('component', 'group') OR kind = 'sub_page'),
            key TEXT NOT NULL,
            component_id TEXT REFERENCES components (id) CHECK ((kind = 'component') = (component_id IS NOT NULL)),
            parent_id TEXT REFERENCES structure_items (id),
            position INTEGER NOT NULL,
            name TEXT NOT NULL,
            description TEXT,
            hidden INTEGER NOT NULL CHECK (hidden IN (0, 1)),
            display_uptime INTEGER NOT NULL CHECK (display_uptime IN (0, 1)),
            created_at INTEGER NOT NULL,
            archived_at INTEGER,
            UNIQUE (page_id, kind, key)
        ) STRICT;

        CREATE TABLE incidents (
            id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 26),
            page_id TEXT NOT NULL REFERENCES pages (id),
            name TEXT NOT NULL CHECK (length(name) > 0),
            status TEXT NOT NULL CHECK (status IN ('investigating', 'identified') OR status IN ('monitoring', 'resolved')),
            published_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX incidents_by_page ON incidents (page_id, published_at DESC, id DESC);
        -- Ordered like the queries. Otherwise SQLite scans the index above and skips resolved incidents.
        CREATE INDEX incidents_ongoing ON incidents (page_id, published_at DESC, id DESC) WHERE status <> 'resolved';

        CREATE TABLE incident_updates (
            id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 26),
            incident_id TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
            position INTEGER NOT NULL CHECK (position >= 0),
            published_at INTEGER NOT NULL,
            message TEXT NOT NULL CHECK (length(message) > 0),
            status TEXT NOT NULL CHECK (status IN ('investigating', 'identified') OR status IN ('monitoring', 'resolved')),
            notify_subscribers INTEGER NOT NULL CHECK (notify_subscribers IN (0, 1)),
            UNIQUE (incident_id, position)
        ) STRICT;

        CREATE TABLE incident_update_components (
            update_id TEXT NOT NULL REFERENCES incident_updates (id) ON DELETE CASCADE,
            position INTEGER NOT NULL CHECK (position >= 0),
            component_id TEXT NOT NULL REFERENCES components (id),
            status TEXT NOT NULL
                CHECK (status IN ('operational', 'degraded_performance') OR status IN ('partial_outage', 'full_outage')),
            PRIMARY KEY (update_id, position)
        ) STRICT, WITHOUT ROWID;

        -- Derived from the updates. Stored so that lists can be filtered by component and time.
        CREATE TABLE incident_impacts (
            incident_id TEXT NOT NULL REFERENCES incidents (id) ON DELETE CASCADE,
            position INTEGER NOT NULL CHECK (position >= 0),
            component_id TEXT NOT NULL REFERENCES components (id),
            status TEXT NOT NULL CHECK (status IN ('degraded_performance', 'partial_outage') OR status = 'full_outage'),
            start_at INTEGER NOT NULL,
            end_at INTEGER CHECK (end_at > start_at),
            PRIMARY KEY (incident_id, position)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX incident_impacts_by_component ON incident_impacts (component_id, start_at);

        CREATE TABLE api_keys (
            id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 26),
            name TEXT NOT NULL CHECK (length(name) > 0),
            created_at INTEGER NOT NULL,
            revoked_at INTEGER
        ) STRICT;

        CREATE TABLE api_key_roles (
            api_key_id TEXT NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
            role TEXT NOT NULL
                CHECK (role IN ('status_page_viewer', 'status_page_publisher') OR role IN ('manage_settings', 'api_keys_manage')),
            PRIMARY KEY (api_key_id, role)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE api_key_tokens (
            hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
            api_key_id TEXT NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
            issued_at INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- Responses to create requests, by idempotency key. A repeated request gets the same bytes.
        CREATE TABLE idempotent_responses (
            page_id TEXT NOT NULL REFERENCES pages (id),
            kind TEXT NOT NULL CHECK (kind IN ('incident', 'retrospective_incident') OR kind = 'maintenance'),
            key TEXT NOT NULL,
            status INTEGER NOT NULL,
            body BLOB NOT NULL,
            created_at INTEGER NOT NULL,
            PRIMARY KEY (page_id, kind, key)
        ) STRICT;
        """

    private static let maintenances = """
        CREATE TABLE maintenances (
            id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 26),
            page_id TEXT NOT NULL REFERENCES pages (id),
            name TEXT NOT NULL CHECK (length(name) > 0),
            status TEXT NOT NULL
                CHECK (status IN ('maintenance_scheduled', 'maintenance_in_progress') OR status = 'maintenance_complete'),
            published_at INTEGER NOT NULL,
            start_at INTEGER NOT NULL,
            end_at INTEGER NOT NULL CHECK (end_at > start_at),
            automated INTEGER NOT NULL CHECK (automated IN (0, 1)),
            -- The time of the next automatic status change.
            due_at INTEGER
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX maintenances_by_page ON maintenances (page_id, published_at DESC, id DESC);
        CREATE INDEX maintenances_unfinished ON maintenances (page_id, start_at, id)
            WHERE status <> 'maintenance_complete';
        CREATE INDEX maintenances_due ON maintenances (due_at) WHERE due_at IS NOT NULL;

        CREATE TABLE maintenance_updates (
            id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 26),
            maintenance_id TEXT NOT NULL REFERENCES maintenances (id) ON DELETE CASCADE,
            position INTEGER NOT NULL CHECK (position >= 0),
            published_at INTEGER NOT NULL,
            message TEXT NOT NULL CHECK (length(message) > 0),
            status TEXT NOT NULL
                CHECK (status IN ('maintenance_scheduled', 'maintenance_in_progress') OR status = 'maintenance_complete'),
            notify_subscribers INTEGER NOT NULL CHECK (notify_subscribers IN (0, 1)),
            UNIQUE (maintenance_id, position)
        ) STRICT;

        CREATE TABLE maintenance_update_components (
            update_id TEXT NOT NULL REFERENCES maintenance_updates (id) ON DELETE CASCADE,
            position INTEGER NOT NULL CHECK (position >= 0),
            component_id TEXT NOT NULL REFERENCES components (id),
            status TEXT NOT NULL CHECK (status IN ('operational', 'under_maintenance')),
            PRIMARY KEY (update_id, position)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE maintenance_periods (
            maintenance_id TEXT NOT NULL REFERENCES maintenances (id) ON DELETE CASCADE,
            position INTEGER NOT NULL CHECK (position >= 0),
            component_id TEXT NOT NULL REFERENCES components (id),
            start_at INTEGER NOT NULL,
            end_at INTEGER CHECK (end_at > start_at),
            open INTEGER NOT NULL CHECK (open IN (0, 1)),
            PRIMARY KEY (maintenance_id, position)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX maintenance_periods_by_component ON maintenance_periods (component_id, start_at);
        """

    private static let apiKeys = """
        ALTER TABLE api_keys ADD COLUMN comments TEXT CHECK (length(comments) > 0);
        -- NULL for keys created on the command line.
        ALTER TABLE api_keys ADD COLUMN creator_id TEXT REFERENCES api_keys (id);
        ALTER TABLE api_keys ADD COLUMN last_used_at INTEGER;
        -- NULL for the newest token. Older tokens work until this time.
        ALTER TABLE api_key_tokens ADD COLUMN expires_at INTEGER;
        CREATE INDEX api_key_tokens_by_key ON api_key_tokens (api_key_id);
        CREATE UNIQUE INDEX api_key_tokens_lasting ON api_key_tokens (api_key_id) WHERE expires_at IS NULL;
        """

    private static let pageDelivery = """
        ALTER TABLE pages ADD COLUMN domain_scheme TEXT NOT NULL DEFAULT 'https'
            CHECK (domain_scheme IN ('http', 'https'));
        -- Seconds.
        ALTER TABLE pages ADD COLUMN cache_max_age INTEGER NOT NULL DEFAULT 10 CHECK (cache_max_age >= 0);
        ALTER TABLE pages ADD COLUMN cache_stale_while_revalidate INTEGER NOT NULL DEFAULT 30
            CHECK (cache_stale_while_revalidate >= 0);
        ALTER TABLE pages ADD COLUMN cache_stale_if_error INTEGER NOT NULL DEFAULT 86400
            CHECK (cache_stale_if_error >= 0);
        """

    /// Lists that show the newest first read these indexes from the end. In an index with the newest first, each new
    /// row would come before all others. SQLite then leaves pages half empty and writes two instead of one.
    private static let indexesGrowAtTheirEnd = """
        DROP INDEX incidents_by_page;
        CREATE INDEX incidents_by_page ON incidents (page_id, published_at, id);
        DROP INDEX incidents_ongoing;
        CREATE INDEX incidents_ongoing ON incidents (page_id, published_at, id) WHERE status <> 'resolved';
        DROP INDEX maintenances_by_page;
        CREATE INDEX maintenances_by_page ON maintenances (page_id, published_at, id);
        DROP INDEX incident_reaches_in_order;
        CREATE INDEX incident_reaches_in_order
            ON incident_reaches (page_id, component_id, reach, published_at, incident_id);
        DROP INDEX maintenance_reaches_in_order;
        CREATE INDEX maintenance_reaches_in_order
            ON maintenance_reaches (page_id, component_id, reach, published_at, maintenance_id);
        """

    private static let editsAndRequestHashes = """
        -- The time of the last text edit; NULL if the text was never edited.
        ALTER TABLE incident_updates ADD COLUMN edited_at INTEGER CHECK (edited_at >= published_at);
        ALTER TABLE maintenance_updates ADD COLUMN edited_at INTEGER CHECK (edited_at >= published_at);
        -- The SHA-256 of the first request's body; NULL for keys that are older than this migration.
        ALTER TABLE idempotent_responses ADD COLUMN request_hash BLOB CHECK (length(request_hash) = 32);
        """

    /// The time of an event's last change, and the orders in which public documents list events and ended spans. Indexes
    /// of ended spans are partial, so that an event costs no entry while it lasts.
    private static let publicDocuments = """
        -- When the event was last renamed or moved; NULL if it never was.
        ALTER TABLE incidents ADD COLUMN revised_at INTEGER;
        ALTER TABLE maintenances ADD COLUMN revised_at INTEGER;
        -- The time of the newest update, edit of a text, or revision.
        ALTER TABLE incidents ADD COLUMN changed_at INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE maintenances ADD COLUMN changed_at INTEGER NOT NULL DEFAULT 0;
        UPDATE incidents SET changed_at = (
            SELECT max(coalesce(edited_at, published_at)) FROM incident_updates WHERE incident_id = incidents.id);
        UPDATE maintenances SET changed_at = (
            SELECT max(coalesce(edited_at, published_at)) FROM maintenance_updates
            WHERE maintenance_id = maintenances.id);
        CREATE INDEX incidents_by_change ON incidents (page_id, changed_at, id);
        CREATE INDEX maintenances_by_change ON maintenances (page_id, changed_at, id);
        CREATE INDEX maintenances_complete ON maintenances (page_id, start_at, id) WHERE status = 'maintenance_complete';
        CREATE INDEX maintenances_by_end ON maintenances (page_id, end_at, id);
        CREATE INDEX incident_impacts_ended ON incident_impacts (component_id, end_at) WHERE end_at IS NOT NULL;
        CREATE INDEX maintenance_periods_ended ON maintenance_periods (component_id, end_at) WHERE open = 0;
        -- Whether the page itself, its feeds, its calendar and its Statuspage documents are served.
        ALTER TABLE pages ADD COLUMN site INTEGER NOT NULL DEFAULT 1 CHECK (site IN (0, 1));
        ALTER TABLE pages ADD COLUMN site_index INTEGER NOT NULL DEFAULT 1 CHECK (site_index IN (0, 1));
        ALTER TABLE pages ADD COLUMN theme TEXT NOT NULL DEFAULT 'auto'
            CHECK (theme IN ('auto', 'light') OR theme = 'dark');
        ALTER TABLE pages ADD COLUMN accent_light TEXT CHECK (length(accent_light) = 7);
        ALTER TABLE pages ADD COLUMN accent_dark TEXT CHECK (length(accent_dark) = 7);
        ALTER TABLE pages ADD COLUMN home_url TEXT CHECK (length(home_url) > 0);
        ALTER TABLE pages ADD COLUMN support_url TEXT CHECK (length(support_url) > 0);
        ALTER TABLE pages ADD COLUMN privacy_url TEXT CHECK (length(privacy_url) > 0);
        ALTER TABLE pages ADD COLUMN terms_url TEXT CHECK (length(terms_url) > 0);
        -- Separated by spaces, as in frame-ancestors.
        ALTER TABLE pages ADD COLUMN embed_origins TEXT NOT NULL DEFAULT '';
        -- Tags separated by spaces, the default first.
        ALTER TABLE pages ADD COLUMN languages TEXT NOT NULL DEFAULT 'en' CHECK (length(languages) > 0);
        CREATE TABLE page_logos (
            page_id TEXT NOT NULL REFERENCES pages (id),
            scheme TEXT NOT NULL CHECK (scheme IN ('light', 'dark')),
            bytes BLOB NOT NULL,
            PRIMARY KEY (page_id, scheme)
        ) STRICT;
        """

    /// Subscribers, the updates that they are notified of, and the messages to them. Rows of deliveries are in the
    /// order of their ids, so that a chunk of new ones changes few pages of the file.
    private static let subscribers = """
        CREATE TABLE new_api_key_roles (
            api_key_id TEXT NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
            role TEXT NOT NULL
                CHECK (role IN ('status_page_viewer', 'status_page_publisher') OR role IN ('manage_settings', 'api_keys_manage')
                    OR role = 'subscribers_manage'),
            PRIMARY KEY (api_key_id, role)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO new_api_key_roles SELECT api_key_id, role FROM api_key_roles;
        DROP TABLE api_key_roles;
        ALTER TABLE new_api_key_roles RENAME TO api_key_roles;

        -- NULL: the default for the page's kind.
        ALTER TABLE pages ADD COLUMN subscribe_form INTEGER CHECK (subscribe_form IN (0, 1));
        ALTER TABLE pages ADD COLUMN mail_from TEXT CHECK (length(mail_from) > 0);
        ALTER TABLE pages ADD COLUMN mail_reply_to TEXT CHECK (length(mail_reply_to) > 0);

        -- Random keys that only this database knows.
        CREATE TABLE secrets (
            name TEXT NOT NULL PRIMARY KEY,
            value BLOB NOT NULL CHECK (length(value) = 32)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO secrets (name, value) VALUES ('subscriptions', randomblob(32));

        CREATE TABLE subscribers (
            id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 26),
            page_id TEXT NOT NULL REFERENCES pages (id),
            channel TEXT NOT NULL CHECK (channel IN ('email', 'webhook') OR channel IN ('slack', 'teams') OR channel = 'discord'),
            state TEXT NOT NULL CHECK (state IN ('active', 'pending') OR state IN ('quarantined', 'unsubscribed')),
            -- Empty if it was erased.
            address TEXT NOT NULL,
            -- The address in the form for comparisons. If the address was erased, a keyed hash of that form.
            address_key TEXT NOT NULL CHECK (length(address_key) > 0),
            format TEXT,
            name TEXT,
            -- Letters for component, group or sub-page, each with an id. NULL for the whole page.
            scope TEXT,
            -- The scope that the last sign-up asked for, or 'page'. NULL if nothing waits for a confirmation.
            requested_scope TEXT,
            source TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            active_since INTEGER,
            confirmed_at INTEGER,
            quarantined_at INTEGER,
            unsubscribed_at INTEGER,
            reason TEXT,
            link_expires_at INTEGER,
            failures INTEGER NOT NULL DEFAULT 0,
            failing_since INTEGER,
            bounced_at INTEGER,
            secret TEXT,
            previous_secret TEXT,
            previous_secret_until INTEGER,
            UNIQUE (page_id, channel, address_key)
        ) STRICT;
        CREATE INDEX subscribers_by_page ON subscribers (page_id, id);
        CREATE INDEX subscribers_unconfirmed ON subscribers (link_expires_at)
            WHERE confirmed_at IS NULL AND state <> 'unsubscribed';
        CREATE INDEX subscribers_to_erase ON subscribers (unsubscribed_at)
            WHERE state = 'unsubscribed' AND address <> '';
        CREATE INDEX subscribers_active ON subscribers (page_id, id) WHERE state = 'active';

        -- How many subscribers there are, kept by the triggers below, so that a write need not count them.
        CREATE TABLE subscriber_counts (
            page_id TEXT NOT NULL REFERENCES pages (id),
            channel TEXT NOT NULL,
            state TEXT NOT NULL,
            number INTEGER NOT NULL CHECK (number >= 0),
            PRIMARY KEY (page_id, channel, state)
        ) STRICT, WITHOUT ROWID;
        CREATE TRIGGER subscribers_counted_in AFTER INSERT ON subscribers BEGIN
            INSERT INTO subscriber_counts (page_id, channel, state, number) VALUES (new.page_id, new.channel, new.state, 1)
            ON CONFLICT (page_id, channel, state) DO UPDATE SET number = number + 1;
        END;
        CREATE TRIGGER subscribers_counted_out AFTER DELETE ON subscribers BEGIN
            UPDATE subscriber_counts SET number = number - 1
            WHERE page_id = old.page_id AND channel = old.channel AND state = old.state;
        END;
        CREATE TRIGGER subscribers_counted_on AFTER UPDATE OF state ON subscribers WHEN old.state <> new.state BEGIN
            UPDATE subscriber_counts SET number = number - 1
            WHERE page_id = old.page_id AND channel = old.channel AND state = old.state;
            INSERT INTO subscriber_counts (page_id, channel, state, number) VALUES (new.page_id, new.channel, new.state, 1)
            ON CONFLICT (page_id, channel, state) DO UPDATE SET number = number + 1;
        END;

        CREATE TABLE notifications (
            id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 26),
            page_id TEXT NOT NULL REFERENCES pages (id),
            event_id TEXT NOT NULL,
            update_id TEXT NOT NULL,
            created_at INTEGER NOT NULL,
            -- JSON: what subscribers are notified about.
            announcement TEXT NOT NULL,
            -- The last subscriber that was looked at; empty at first.
            cursor TEXT NOT NULL DEFAULT '',
            fanned_out_at INTEGER,
            -- How many subscribers it quarantined.
            quarantines INTEGER NOT NULL DEFAULT 0
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX notifications_waiting ON notifications (page_id, id) WHERE fanned_out_at IS NULL;
        CREATE INDEX notifications_by_page ON notifications (page_id, id);
        CREATE INDEX notifications_by_event ON notifications (event_id, id);

        CREATE TABLE deliveries (
            id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 26),
            page_id TEXT NOT NULL REFERENCES pages (id),
            subscriber_id TEXT NOT NULL REFERENCES subscribers (id) ON DELETE CASCADE,
            notification_id TEXT REFERENCES notifications (id) ON DELETE CASCADE,
            event_id TEXT,
            channel TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('update', 'confirmation') OR kind IN ('manage', 'test')),
            state TEXT NOT NULL
                CHECK (state IN ('pending', 'sent') OR state IN ('superseded', 'failed') OR state = 'cancelled'),
            attempts INTEGER NOT NULL DEFAULT 0,
            created_at INTEGER NOT NULL,
            started_at INTEGER NOT NULL,
            last_attempt_at INTEGER,
            next_attempt_at INTEGER CHECK ((next_attempt_at IS NULL) = (state <> 'pending')),
            sent_at INTEGER,
            response_code INTEGER,
            response_text TEXT,
            -- JSON: the facts for a message that belongs to no notification.
            details TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX deliveries_due ON deliveries (page_id, channel, kind, next_attempt_at, id) WHERE state = 'pending';
        -- It contains the state so that counts read nothing but this index.
        CREATE INDEX deliveries_waiting ON deliveries (state, channel, started_at) WHERE state = 'pending';
        CREATE INDEX deliveries_by_subscriber ON deliveries (subscriber_id, event_id, id);
        CREATE INDEX deliveries_by_notification ON deliveries (notification_id, state) WHERE notification_id IS NOT NULL;
        CREATE INDEX deliveries_by_page ON deliveries (page_id, id);
        -- The few that did not arrive.
        CREATE INDEX deliveries_unsent ON deliveries (page_id, state, id) WHERE state <> 'pending' AND state <> 'sent';

        -- Deleted events whose deliveries still wait. These deliveries are never sent, and are cancelled in parts.
        CREATE TABLE cancelled_events (
            event_id TEXT NOT NULL PRIMARY KEY CHECK (length(event_id) = 26)
        ) STRICT, WITHOUT ROWID;

        -- One row.
        CREATE TABLE delivery_status (
            id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
            paused INTEGER NOT NULL DEFAULT 0 CHECK (paused IN (0, 1)),
            relay_state TEXT NOT NULL DEFAULT 'off',
            relay_error TEXT
        ) STRICT;
        INSERT INTO delivery_status (id) VALUES (1);

        -- At most one row: the last sign of life of the server, if its writes are replicated.
        CREATE TABLE heartbeat (
            id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
            server TEXT NOT NULL CHECK (length(server) > 0),
            at INTEGER NOT NULL
        ) STRICT;
        """

    /// The log has no index, so that each change writes only one more page. It refers to no other table, because events
    /// outlive their subjects. Its order is that of the ids. The triggers guard against bugs in this program.
    private static let auditLog = """
        CREATE TABLE audit_events (
            id INTEGER NOT NULL PRIMARY KEY,
            at INTEGER NOT NULL,
            actor_kind TEXT NOT NULL,
            actor_id TEXT CHECK (length(actor_id) = 26),
            actor_name TEXT NOT NULL,
            action TEXT NOT NULL,
            subject_kind TEXT NOT NULL,
            subject_id TEXT NOT NULL,
            subject_name TEXT NOT NULL,
            page_id TEXT CHECK (length(page_id) = 26),
            -- JSON: {"field": [before, after], "secret": "changed"}.
            changes TEXT NOT NULL CHECK (json_valid(changes)),
            request_id TEXT,
            address TEXT,
            CHECK (actor_kind <> 'api_key' OR actor_id IS NOT NULL)
        ) STRICT;

        -- One row. Only events older than `deletes_before` may be deleted. It is 0 except during a deletion.
        CREATE TABLE audit_retention (
            id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
            deletes_before INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        INSERT INTO audit_retention (id) VALUES (1);

        CREATE TRIGGER audit_events_are_not_changed BEFORE UPDATE ON audit_events BEGIN
            SELECT RAISE(ABORT, 'audit events are never changed');
        END;
        CREATE TRIGGER audit_events_are_not_replaced BEFORE INSERT ON audit_events
        WHEN EXISTS (SELECT 1 FROM audit_events WHERE id = new.id) BEGIN
            SELECT RAISE(ABORT, 'audit events are never changed');
        END;
        CREATE TRIGGER audit_events_are_kept BEFORE DELETE ON audit_events
        WHEN old.at >= coalesce((SELECT max(deletes_before) FROM audit_retention), 0) BEGIN
            SELECT RAISE(ABORT, 'audit events are kept');
        END;
        """

    /// Stores how far an event's spans are from its publication. There is one row for each component that the spans are
    /// on, and one with null for all components. The reach is the smallest of a few steps that covers the start and end
    /// of all spans; negative if one has no end. With it, the events that can have a span in a given window are a range
    /// of an index.
    private static func reaches(events: String, spans: String, owner: String, kind: String) -> String {
        """
        CREATE TABLE \(kind)_reaches (
            \(owner) TEXT NOT NULL REFERENCES \(events) (id) ON DELETE CASCADE,
            component_id TEXT REFERENCES components (id),
            page_id TEXT NOT NULL REFERENCES pages (id),
            published_at INTEGER NOT NULL,
            reach INTEGER NOT NULL,
            UNIQUE (\(owner), component_id)
        ) STRICT;
        CREATE INDEX \(kind)_reaches_in_order
            ON \(kind)_reaches (page_id, component_id, reach, published_at DESC, \(owner) DESC);
        INSERT INTO \(kind)_reaches (\(owner), component_id, page_id, published_at, reach)
        SELECT id, component_id, page_id, published_at,
            CASE WHEN distance <= 3600000 THEN 3600000 WHEN distance <= 86400000 THEN 86400000
                WHEN distance <= 2592000000 THEN 2592000000 WHEN distance <= 31622400000 THEN 31622400000
                ELSE 1152921504606846976 END * iif(lasts, -1, 1)
        FROM (
            SELECT id, component_id, page_id, published_at, count(*) > count(end_at) AS lasts,
                max(max(abs(start_at - published_at), abs(coalesce(end_at, start_at) - published_at))) AS distance
            FROM (
                SELECT \(owner), component_id, start_at, end_at FROM \(spans)
                UNION ALL SELECT \(owner), NULL, start_at, end_at FROM \(spans)
            ) JOIN (SELECT id, page_id, published_at FROM \(events)) ON id = \(owner)
            GROUP BY id, component_id);
        """
    }

    /// Updates and their component statuses are found only by event and position, so that a create writes fewer pages.
    /// Messages may be long, and WITHOUT ROWID does not suit long rows. So only the component statuses are stored that
    /// way.
    private static func updatesByPlace(of event: String, updates: String, components: String) -> String {
        """
        CREATE TABLE new_\(event)_updates (
            \(event)_id TEXT NOT NULL REFERENCES \(event)s (id) ON DELETE CASCADE,
            position INTEGER NOT NULL CHECK (position >= 0),
            id TEXT NOT NULL CHECK (length(id) = 26),
            published_at INTEGER NOT NULL,
            status TEXT NOT NULL CHECK (\(updates)),
            notify_subscribers INTEGER NOT NULL CHECK (notify_subscribers IN (0, 1)),
            message TEXT NOT NULL CHECK (length(message) > 0),
            PRIMARY KEY (\(event)_id, position)
        ) STRICT;
        INSERT INTO new_\(event)_updates (\(event)_id, position, id, published_at, status, notify_subscribers, message)
        SELECT \(event)_id, position, id, published_at, status, notify_subscribers, message FROM \(event)_updates;

        CREATE TABLE new_\(event)_update_components (
            \(event)_id TEXT NOT NULL,
            update_position INTEGER NOT NULL,
            position INTEGER NOT NULL CHECK (position >= 0),
            component_id TEXT NOT NULL REFERENCES components (id),
            status TEXT NOT NULL CHECK (\(components)),
            PRIMARY KEY (\(event)_id, update_position, position),
            FOREIGN KEY (\(event)_id, update_position) REFERENCES new_\(event)_updates (\(event)_id, position)
                ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;
        INSERT INTO new_\(event)_update_components (\(event)_id, update_position, position, component_id, status)
        SELECT \(event)_id, \(event)_updates.position, told.position, component_id, told.status
        FROM \(event)_update_components AS told JOIN \(event)_updates ON \(event)_updates.id = update_id;

        DROP TABLE \(event)_update_components;
        DROP TABLE \(event)_updates;
        ALTER TABLE new_\(event)_updates RENAME TO \(event)_updates;
        ALTER TABLE new_\(event)_update_components RENAME TO \(event)_update_components;
        """
    }
}
