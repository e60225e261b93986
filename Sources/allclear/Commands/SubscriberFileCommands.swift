import ArgumentParser
import Publishing
import StatusPages
import Storage

extension SubscribersCommand {
    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add the mail addresses in a CSV file to a page.",
            discussion: """
                The first line of the file names its columns: email and, if wanted, components. That column has the keys \
                of components, groups and sub-pages, with ; between them. Where it is empty, the subscriber gets the \
                updates of the whole page. Other columns are ignored.

                Known addresses get the row's components. People who unsubscribed are skipped. Every skipped row \
                is reported on standard error with its line and a code. All other rows are imported.

                Exit codes: 0 if every row was valid, 1 if a row was not: invalid_format, duplicate, unknown_component. \
                Rows that were skipped as unsubscribed or quarantined are valid. A file that cannot be read as CSV \
                changes nothing.
                """)

        @Argument(help: "The CSV file.", completion: .file())
        var file: String

        @OptionGroup var place: PageOption

        @Flag(help: "The owners of the addresses have agreed already, so no mails ask for a confirmation.")
        var confirmed = false

        @OptionGroup var option: ConfigurationOption

        func run() throws {
            try withPublishing(option) { context in
                let page = try context.page(place.page)
                let keys = try context.store.read { try $0.itemKeys(of: page.id) }
                let table = try SubscriberTable(reading: file)
                for name in table.ignored { Terminal.note("allclear: ignored the column \(name.quoted)") }
                var earlier: Set<String> = []
                var total = SubscriberImport.Report()
                var faulty = 0
                // The server waits for each transaction, so that none may be long.
                for start in stride(from: 0, to: table.rows.count, by: SubscriberImport.mostRows) {
                    let rows = table.rows[start..<min(start + SubscriberImport.mostRows, table.rows.count)]
                    let command = SubscriberImport(
                        rows: rows.map { SubscriberImport.Row(email: $0.email, scope: keys.draft(of: $0.keys)) },
                        isConfirmed: confirmed, earlier: earlier)
                    let report = try context.write { transaction in
                        try context.publishing.add(command, to: page, in: transaction)
                    }
                    for skipped in report.skipped {
                        let row = rows[start + skipped.index]
                        Terminal.note(
                            "\(file):\(row.line): \(skipped.code.rawValue)\(row.detail(of: skipped.code, keys))")
                        if skipped.code.isFaultOfRow { faulty += 1 }
                    }
                    earlier.formUnion(rows.compactMap { $0.email.flatMap(EmailAddress.init)?.key })
                    total.imported += report.imported
                    total.updated += report.updated
                    total.unasked += report.unasked
                    total.skipped += report.skipped
                }
                try Terminal.say(
                    "imported \(total.imported), updated \(total.updated), skipped \(total.skipped.count)")
                if total.unasked > 0 {
                    Terminal.note(
                        "\(total.unasked) of the imported addresses got no mail, because they already got as many as "
                            + "they may in 24 hours (subscribers.mails_per_address)")
                }
                if faulty > 0 { throw ExitCode.failure }
            }
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the mail addresses of a page's active subscribers as CSV.",
            discussion: """
                `subscribers import` reads this format. Components, groups and sub-pages that are archived are left out. \
                Subscribers who have chosen nothing else are left out, too, because without components they would get \
                the updates of the whole page.
                """)

        @OptionGroup var place: PageOption

        @OptionGroup var option: ConfigurationOption

        func run() throws {
            try withPublishing(option) { context in
                let page = try context.page(place.page)
                let keys = try context.store.read { try $0.itemKeys(of: page.id) }
                try Terminal.say(CSV.line(SubscriberTable.columns))
                var leftOut = 0
                try context.forEachSubscriber(of: page, state: .active, channel: .email) { subscriber in
                    guard let keys = keys.keys(of: subscriber.scope) else {
                        leftOut += 1
                        return
                    }
                    try Terminal.say(CSV.line([subscriber.address, keys.joined(separator: ";")]))
                }
                if leftOut > 0 {
                    Terminal.note("allclear: left out \(leftOut), because everything that they have chosen is archived")
                }
            }
        }
    }
}

extension SubscriberImport.Problem {
    /// Whether the row itself is wrong.
    fileprivate var isFaultOfRow: Bool {
        switch self {
        case .invalidFormat, .duplicate, .unknownComponent: true
        case .unsubscribed, .quarantined: false
        }
    }
}

/// A CSV file with mail addresses.
struct SubscriberTable {
    struct Row {
        let line: Int
        /// Nil if the row has another number of fields than the header.
        let email: String?
        let keys: [String]

        /// The fault of the row, after a colon; empty if the code says it all.
        fileprivate func detail(of code: SubscriberImport.Problem, _ keys: ItemKeys) -> String {
            switch code {
            case .invalidFormat where email == nil: ": the number of fields differs from the header's"
            case .unknownComponent: ": \(keys.unknown(in: self.keys).map(\.quoted).joined(separator: ", "))"
            default: ""
            }
        }
    }

    static let columns = ["email", "components"]

    let rows: [Row]
    /// The columns that have no meaning.
    let ignored: [String]

    /// - Throws: `Problem` if the file cannot be read, or has no header.
    init(reading path: String) throws {
        let bytes: [UInt8]
        do throws(FileContents.Unreadable) {
            bytes = try FileContents.read(path)
        } catch {
            throw Problem("cannot read \(path): \(error)")
        }
        var records: [CSV.Record]
        do throws(CSV.Malformed) {
            records = try CSV.records(bytes)
        } catch {
            throw Problem("\(path):\(error.line): the line \(error.rule); nothing was imported")
        }
        guard !records.isEmpty else { throw Problem("\(path) is empty; the first line must be email,components") }
        let header = records.removeFirst()
        let names = header.fields.map { Self.trimmed($0).lowercased() }
        guard let email = names.firstIndex(of: "email") else {
            throw Problem("\(path):\(header.line): the first line must name the columns, and one of them must be email")
        }
        for name in Self.columns where names.count(where: { $0 == name }) > 1 {
            throw Problem("\(path):\(header.line): there is more than one column \(name)")
        }
        let components = names.firstIndex(of: "components")
        ignored = names.filter { !Self.columns.contains($0) }
        rows = records.map { record in
            let isWhole = record.fields.count == names.count
            let keys = isWhole ? components.map { record.fields[$0] } ?? "" : ""
            return Row(
                line: record.line, email: isWhole ? Self.trimmed(record.fields[email]) : nil,
                keys: keys.split(separator: ";").map { Self.trimmed(String($0)) }.filter { !$0.isEmpty })
        }
    }

    private static func trimmed(_ text: String) -> String {
        let isSpace: (Unicode.Scalar) -> Bool = { $0 == " " || $0 == "\t" }
        let scalars = text.unicodeScalars.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
        return String(String.UnicodeScalarView(scalars))
    }
}
