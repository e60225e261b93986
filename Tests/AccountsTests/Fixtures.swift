import StatusPages

@testable import Accounts

/// A moment, in seconds after an arbitrary start.
func second(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: 1_767_225_600_000 + seconds * 1_000) }

func user(_ role: User.Role = .owner, disabledAt: Timestamp? = nil) -> User {
    User(
        id: ID(ULID(high: 0, low: 1)), email: "ann@example.com", name: "Ann", role: role, createdAt: second(0),
        disabledAt: disabledAt)
}
