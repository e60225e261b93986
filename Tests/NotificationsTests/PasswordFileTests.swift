import Foundation
import TestSupport
import Testing

@testable import Notifications

@Suite("Files of passwords")
struct PasswordFileTests {
    private let folder: TemporaryDirectory

    init() throws { folder = try TemporaryDirectory() }

    @Test(
        "A password is the text of its file, without white space around it",
        arguments: [" secret\n", String(repeating: "s", count: 65_536)])
    func read(text: String) throws {
        let path = folder.file("password")
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        #expect(try MailSettings.Password.file(path).read() == text.trimmingCharacters(in: .whitespacesAndNewlines))
    }

    @Test(
        "An unusable file is rejected, not cut",
        arguments: [
            (" \n", "is empty"), (String(repeating: "s", count: 65_537), "is longer than 65536 bytes"),
            (nil, "cannot be read: No such file or directory"),
        ] as [(String?, String)])
    func refused(text: String?, reason: String) throws {
        let path = folder.file("password")
        if let text { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }
        #expect(throws: MailSettings.Password.Unreadable(path: path, reason: reason)) {
            try MailSettings.Password.file(path).read()
        }
    }
}
