public import StatusPages

/// A list of email addresses as CSV: a header, and a row for each subscriber.
public struct SubscriberTable: Sendable {
    public struct Row: Sendable {
        public let line: Int
        /// Nil if the row has more or fewer fields than the header.
        public let email: String?
        /// The keys of components, groups and sub-pages. None: the whole page.
        public let keys: [String]
    }

    /// Why no row can be read.
    public enum Unreadable: Error, Equatable {
        case malformed(CSV.Malformed)
        case empty
        /// The header names no column `email`.
        case noEmail(line: Int)
        /// The header names a column more than once.
        case repeated(String, line: Int)
    }

    public static let columns = ["email", "components"]

    public let rows: [Row]
    /// The columns that are not read.
    public let ignored: [String]

    public init(_ bytes: [UInt8]) throws(Unreadable) {
        var records: [CSV.Record]
        do throws(CSV.Malformed) {
            records = try CSV.records(bytes)
        } catch {
            throw .malformed(error)
        }
        guard !records.isEmpty else { throw .empty }
        let header = records.removeFirst()
        let names = header.fields.map { Self.trimmed($0).lowercased() }
        guard let email = names.firstIndex(of: "email") else { throw .noEmail(line: header.line) }
        for name in Self.columns where names.count(where: { $0 == name }) > 1 {
            throw .repeated(name, line: header.line)
        }
        let components = names.firstIndex(of: "components")
        ignored = names.filter { !Self.columns.contains($0) }
        rows = records.map { record in
            let isWhole = record.fields.count == names.count
            let keys = isWhole ? components.map { record.fields[$0] } ?? "" : ""
            return Row(
                line: record.line, email: isWhole ? CSV.restored(Self.trimmed(record.fields[email])) : nil,
                keys: keys.split(separator: ";").map { Self.trimmed(String($0)) }.filter { !$0.isEmpty })
        }
    }

    /// The line of a subscriber, without its end. An address may begin like a formula, and anybody can subscribe.
    /// - Parameter keys: see `Row.keys`.
    public static func line(_ email: String, _ keys: [String]) -> String {
        CSV.line([CSV.defused(email), keys.joined(separator: ";")])
    }

    private static func trimmed(_ text: String) -> String {
        let isSpace: (Unicode.Scalar) -> Bool = { $0 == " " || $0 == "\t" }
        let scalars = text.unicodeScalars.drop(while: isSpace).reversed().drop(while: isSpace).reversed()
        return String(String.UnicodeScalarView(scalars))
    }
}

extension SubscriberImport.Problem {
    /// Whether the row itself is invalid. Otherwise the subscriber's state is the reason.
    public var isFaultOfRow: Bool {
        switch self {
        case .invalidFormat, .duplicate, .unknownComponent: true
        case .unsubscribed, .quarantined: false
        }
    }
}
