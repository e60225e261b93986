import ArgumentParser
import Publishing
import StatusPages
import Storage

extension SubscribersCommand {
    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "import", abstract: "Add the email addresses in a CSV file to a page.",
            discussion: """
                The first line of the file names its columns: email, and optionally components. The column components \
                has the keys of components, groups and sub-pages, separated by semicolons. If it is empty, the \
                subscriber gets the updates of the whole page. Other columns are ignored.

                Known addresses get the row's components. People who unsubscribed are skipped. Every skipped row \
                is reported on standard error with its line and a code. All other rows are imported.

                Exit codes: 0 if every row was valid, 1 if a row was invalid. The codes of invalid rows are \
                invalid_format, duplicate and unknown_component. Rows that were skipped as unsubscribed or quarantined \
                are valid. If the file cannot be read as CSV, nothing is imported.
                """)

        @Argument(help: "The CSV file.", completion: .file())
        var file: String

        @OptionGroup var place: PageOption

        @Flag(help: "The owners of the addresses have agreed already, so no emails ask for a confirmation.")
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
                // Use short transactions, because the server cannot write during one.
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
                        "\(total.unasked) of the imported addresses got no email, because they have reached the limit "
                            + "of emails in 24 hours (subscribers.mails_per_address)")
                }
                if faulty > 0 { throw ExitCode.failure }
            }
        }
    }

    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export", abstract: "Print the email addresses of a page's active subscribers as CSV.",
            discussion: """
                `subscribers import` reads this format. Components, groups and sub-pages that are archived are left \
                out. Subscribers who have chosen nothing else are left out, too, because without components they would \
                get the updates of the whole page. An address that begins like a formula gets a ' in front, so that \
                spreadsheets show it as text; the import removes it.
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
                    try Terminal.say(SubscriberTable.line(subscriber.address, keys))
                }
                if leftOut > 0 {
                    Terminal.note(
                        "allclear: subscribers left out, because everything they chose is archived: \(leftOut)")
                }
            }
        }
    }
}

extension SubscriberTable {
    /// - Throws: `Problem` if the file cannot be read, or has no header.
    fileprivate init(reading path: String) throws {
        let bytes: [UInt8]
        do throws(FileContents.Unreadable) {
            bytes = try FileContents.read(path)
        } catch {
            throw Problem("cannot read \(path): \(error)")
        }
        do throws(Unreadable) {
            try self.init(bytes)
        } catch {
            throw Problem(Self.message(error, path))
        }
    }

    private static func message(_ problem: Unreadable, _ path: String) -> String {
        switch problem {
        case .malformed(let error): "\(path):\(error.line): the line \(error.rule); nothing was imported"
        case .empty: "\(path) is empty; the first line must be email,components"
        case .noEmail(let line):
            "\(path):\(line): the first line must name the columns, and one of them must be email"
        case .repeated(let name, let line): "\(path):\(line): there is more than one column \(name)"
        }
    }
}

extension SubscriberTable.Row {
    /// The fault of the row, after a colon; empty if the code says it all.
    fileprivate func detail(of code: SubscriberImport.Problem, _ keys: ItemKeys) -> String {
        switch code {
        case .invalidFormat where email == nil: ": the number of fields differs from the header's"
        case .unknownComponent: ": \(keys.unknown(in: self.keys).map(\.quoted).joined(separator: ", "))"
        default: ""
        }
    }
}
