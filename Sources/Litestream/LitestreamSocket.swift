import CCurl
import Foundation
import Locking
public import Storage

/// The control socket of Litestream 0.5.17 or newer: HTTP over a Unix socket.
public final class LitestreamSocket: Replicator {
    /// Why Litestream did not do what it was asked for.
    public struct Failure: Error, Equatable, CustomStringConvertible {
        public let description: String
    }

    private let path: String
    private let database: String
    private let seconds: Int
    // Held during a request. Requests do not overlap, except while a background retry ends.
    private let connection = Locked<LitestreamConnection?>(nil)

    /// - Parameters:
    ///   - path: of the socket.
    ///   - database: the path of the database. Litestream's configuration must name the same path.
    ///   - seconds: the longest time that a request may take.
    public init(path: String, database: String, timeout seconds: Int) {
        self.path = path
        // Litestream makes paths absolute in the same way, without following links.
        self.database = URL(fileURLWithPath: database).standardizedFileURL.path
        self.seconds = seconds
    }

    public func sync() throws {
        let body = try JSONEncoder().encode(SyncRequest(path: database, wait: true, timeout: seconds))
        let answer = try request("/sync", posting: String(decoding: body, as: UTF8.self))
        guard let transaction = answer.txid, let replicated = answer.replicatedTXID, replicated >= transaction else {
            throw Failure(description: "Litestream did not confirm the copy; version 0.5.17 or newer is required")
        }
    }

    /// Checks that Litestream answers and knows the database. Changes nothing.
    /// - Throws: `Failure`.
    public func check() throws {
        let allowed = CharacterSet.urlQueryAllowed.subtracting(CharacterSet(charactersIn: "+&#"))
        _ = try request("/txid?path=\(database.addingPercentEncoding(withAllowedCharacters: allowed) ?? database)")
    }

    private func request(_ target: String, posting body: String? = nil) throws(Failure) -> Answer {
        let result = connection.withLock { connection in
            let current = connection ?? LitestreamConnection(socket: path, timeout: seconds)
            connection = current
            return current?.send(target, posting: body)
        }
        guard let result else { throw Failure(description: "libcurl cannot be used") }
        switch result {
        case .failure(let failure):
            throw Failure(description: "Litestream does not answer at \(path): \(failure)")
        case .success((let status, let bytes)):
            let answer = try? JSONDecoder().decode(Answer.self, from: Data(bytes))
            guard status == 200, let answer else {
                throw Failure(description: "Litestream answered: \(answer?.error ?? "HTTP status \(status)")")
            }
            return answer
        }
    }

    private struct SyncRequest: Encodable {
        let path: String
        let wait: Bool
        let timeout: Int
    }

    private struct Answer: Decodable {
        private enum CodingKeys: String, CodingKey {
            case txid, error
            case replicatedTXID = "replicated_txid"
        }

        /// The last transaction that Litestream has read from the database.
        let txid: UInt64?
        /// The last one that is in the replica.
        let replicatedTXID: UInt64?
        let error: String?
    }
}
