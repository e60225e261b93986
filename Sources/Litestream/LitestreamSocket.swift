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

    /// The pause between two requests for the same copy.
    private static let pause = Duration.milliseconds(10)

    private let path: String
    private let database: String
    private let seconds: Int
    // The lock is held for a whole request. Callers wait for it only while a background retry ends.
    private let connection = Locked<LitestreamConnection?>(nil)

    /// - Parameters:
    ///   - path: of the socket.
    ///   - database: the path of the database. Litestream's configuration must name the same path.
    ///   - seconds: the longest time that a call may take.
    public init(path: String, database: String, timeout seconds: Int) {
        self.path = path
        // Litestream makes paths absolute in the same way, without following links.
        self.database = URL(fileURLWithPath: database).standardizedFileURL.path
        self.seconds = seconds
    }

    public func sync() throws {
        let start = ContinuousClock.now
        let first = try sync(within: .seconds(seconds))
        var replicated = first.replicated
        // Litestream reads both numbers after the copy. If another process commits at that moment, Litestream may name
        // its transaction, which is not copied yet. Later answers only have to reach the first one's transaction.
        while replicated < first.transaction {
            let left = .seconds(seconds) - (.now - start)
            guard left > Self.pause else {
                throw Failure(
                    description: "Litestream did not copy transaction \(first.transaction) within \(seconds) s; "
                        + "the replica ends at \(replicated)")
            }
            usleep(UInt32(Self.pause / .microseconds(1)))
            replicated = try sync(within: left - Self.pause).replicated
        }
    }

    /// - Returns: the last transaction in the database, and the last one in the replica.
    private func sync(within time: Duration) throws -> (transaction: UInt64, replicated: UInt64) {
        // Litestream's timeout is in whole seconds. libcurl ends the request at the exact time.
        let timeout = max(1, Int((time / .seconds(1)).rounded(.up)))
        let body = try JSONEncoder().encode(SyncRequest(path: database, wait: true, timeout: timeout))
        let answer = try request("/sync", posting: String(decoding: body, as: UTF8.self), within: time)
        guard let transaction = answer.txid, let replicated = answer.replicatedTXID else {
            throw Failure(description: "Litestream did not confirm the copy; version 0.5.17 or newer is required")
        }
        return (transaction, replicated)
    }

    /// Checks that Litestream answers and knows the database. Changes nothing.
    /// - Throws: `Failure`.
    public func check() throws {
        let allowed = CharacterSet.urlQueryAllowed.subtracting(CharacterSet(charactersIn: "+&#"))
        let path = database.addingPercentEncoding(withAllowedCharacters: allowed) ?? database
        _ = try request("/txid?path=\(path)", within: .seconds(seconds))
    }

    private func request(
        _ target: String, posting body: String? = nil, within time: Duration
    ) throws(Failure) -> Answer {
        let result = connection.withLock { connection in
            let current = connection ?? LitestreamConnection(socket: path)
            connection = current
            return current?.send(target, posting: body, within: time)
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
