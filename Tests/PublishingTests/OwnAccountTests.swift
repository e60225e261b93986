import Accounts
import StatusPages
import Storage
import Testing

@testable import Publishing

@Suite("A user's own account")
struct OwnAccountTests {
    private let test: TestAccounts
    private let ann: User

    init() throws {
        test = try TestAccounts()
        _ = try test.add("Olga", .owner)
        ann = try test.add("Ann", .viewer)
    }

    private func turnOn() throws -> [String] {
        try test.write(as: ann) { try $0.turnOnTwoFactor(of: ann.id, secret: secret, step: 10, in: $1) }
    }

    @Test("Name, time zone and theme are stored")
    func preferences() throws {
        let changed = try test.write(as: ann) { publishing, transaction in
            try publishing.changeAccount(
                of: ann.id, name: "Anna", timeZone: "Europe/Berlin", theme: .dark, in: transaction)
        }
        #expect(try test.user(ann) == changed)
        #expect(changed.name == "Anna" && changed.timeZone == "Europe/Berlin" && changed.theme == .dark)
        #expect(Set(try test.lastEvent().changes.fields.keys) == ["name", "time_zone", "theme"])
    }

    @Test("Invalid preferences are rejected", arguments: [("", "UTC"), ("Ann", "Europe/Nowhere"), ("Ann", "")])
    func invalidPreferences(name: String, timeZone: String) throws {
        #expect(throws: UserRefusal.self) {
            try test.write(as: ann) { publishing, transaction in
                try publishing.changeAccount(of: ann.id, name: name, timeZone: timeZone, theme: .auto, in: transaction)
            }
        }
        #expect(try test.user(ann) == ann)
    }

    @Test("A new password ends the other sessions")
    func password() throws {
        let kept = try test.logIn(ann).session
        _ = try test.logIn(ann)
        _ = try test.write(as: ann) { publishing, transaction in
            try publishing.changePassword(of: ann.id, to: otherPassword, keeping: kept.hash, in: transaction)
        }
        #expect(try test.user(ann).passwordHash == otherPassword.phc)
        #expect(try test.sessions(of: ann).map(\.hash) == [kept.hash])
        #expect(try test.lastEvent().changes.fields == ["password": .hidden])
    }

    @Test("A hash with new parameters replaces only the hash that was checked, and is not recorded")
    func rehashing() throws {
        let count = try test.eventCount()
        try test.write { try $0.rehash(of: ann.id, from: otherPassword, to: otherPassword, in: $1) }
        #expect(try test.user(ann).passwordHash == somePassword.phc)
        try test.write { try $0.rehash(of: ann.id, from: somePassword, to: otherPassword, in: $1) }
        #expect(try test.user(ann).passwordHash == otherPassword.phc)
        #expect(try test.eventCount() == count)
    }

    @Test("The second factor comes with recovery codes, and is recorded without its secret")
    func turningOn() throws {
        #expect(try turnOn().count == 10)
        let user = try test.user(ann)
        #expect(user.totpSecret == secret && user.totpLastStep == 10)
        #expect(try test.read { try $0.recoveryCodeCount(of: ann.id) } == 10)
        let event = try test.lastEvent()
        #expect(event.changes.fields == ["two_factor": .values(before: .flag(false), after: .flag(true))])
        #expect(throws: UserRefusal.twoFactorIsOn) { try turnOn() }
    }

    @Test("Turning off or resetting the second factor deletes the recovery codes", arguments: [true, false])
    func turningOff(byOwner: Bool) throws {
        let code = try turnOn()[0]
        let user = try test.write(as: byOwner ? nil : ann) { publishing, transaction in
            try byOwner
                ? publishing.resetTwoFactor(of: ann.id, in: transaction)
                : publishing.turnOffTwoFactor(of: ann.id, in: transaction)
        }
        #expect(!user.hasTwoFactor)
        #expect(try test.user(ann) == user)
        #expect(
            try test.lastEvent().changes.fields == ["two_factor": .values(before: .flag(true), after: .flag(false))])
        #expect(throws: UserRefusal.codeInvalid) { try test.visit { try $0.useRecoveryCode(code, of: ann.id, in: $1) } }
        #expect(throws: UserRefusal.twoFactorIsOff) {
            try test.write(as: ann) { try $0.turnOffTwoFactor(of: ann.id, in: $1) }
        }
    }

    @Test("New recovery codes end the earlier ones, and are recorded without the codes")
    func renewingRecoveryCodes() throws {
        func renew() throws -> [String] { try test.write(as: ann) { try $0.renewRecoveryCodes(of: ann.id, in: $1) } }
        func use(_ code: String) throws { try test.visit { try $0.useRecoveryCode(code, of: ann.id, in: $1) } }
        #expect(throws: UserRefusal.twoFactorIsOff) { try renew() }
        let old = try turnOn()
        try use(old[0])
        let new = try renew()
        let event = try test.lastEvent()
        #expect(event.action == .changed && event.subject == AuditSubject(ann))
        #expect(event.changes.fields == ["recovery_codes": .hidden])
        #expect(try test.read { try $0.recoveryCodeCount(of: ann.id) } == 10)
        #expect(throws: UserRefusal.codeInvalid) { try use(old[1]) }
        #expect(throws: Never.self) { try use(new[0]) }
        #expect(try test.user(ann).totpSecret == secret)
    }

    @Test("A recovery code works once, and for its user only")
    func recoveryCodes() throws {
        let codes = try turnOn()
        let bob = try test.add("Bob", .viewer)
        func use(_ code: String, _ user: User) throws {
            try test.visit { try $0.useRecoveryCode(code, of: user.id, in: $1) }
        }
        #expect(throws: UserRefusal.codeInvalid) { try use(codes[0], bob) }
        #expect(throws: UserRefusal.codeInvalid) { try use("AAAA-BBBB", ann) }
        try use(codes[0].lowercased(), ann)
        #expect(throws: UserRefusal.codeInvalid) { try use(codes[0], ann) }
        try use(codes[1], ann)
        let event = try test.lastEvent()
        #expect(event.actor == .user(try test.user(ann), requestID: "r2", address: "192.0.2.2"))
        #expect(event.changes.fields == ["recovery_codes": .values(before: .number(9), after: .number(8))])
    }
}
