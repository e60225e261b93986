import CCurl
import Foundation
import StatusPages

/// Sends emails through a relay by SMTP (RFC 5321), over one connection that it keeps.
public final class CurlMailSender: MailSender {
    private let settings: MailSettings
    private let interruption: Interruption
    private let transcript: ((String) -> Void)?
    private var handle: CurlHandle?
    /// How many emails the open connection has carried; 0 if there is none.
    private var sent = 0

    /// - Parameter transcript: gets each line of the dialogue, with `> ` before lines from the server and `< ` before
    ///   lines from the relay. Passwords are left out.
    public init(
        _ settings: MailSettings, interruption: Interruption = Interruption(),
        transcript: ((String) -> Void)? = nil
    ) {
        self.settings = settings
        self.interruption = interruption
        self.transcript = transcript
    }

    deinit { close() }

    public func send(_ mail: Mail) -> MailOutcome {
        let wasOpen = sent > 0
        let (outcome, wasReused) = attempt(mail)
        // A relay may close an idle connection just when the next email begins. The email was not handed over, so try
        // once more over a new connection.
        guard wasOpen, wasReused, case .relayTrouble(let response) = outcome, response.code == nil,
            !interruption.isInterrupted
        else { return outcome }
        return attempt(mail).outcome
    }

    /// Closes the connection, if one is open, without waiting for the relay's farewell.
    public func close() {
        if let handle {
            var socket = CURL_SOCKET_BAD
            // libcurl sends QUIT and then waits for the reply. It must not wait for a relay that hangs.
            if allclear_curl_get_socket(handle.pointer, &socket) == CURLE_OK, socket != CURL_SOCKET_BAD {
                shutdown(socket, Int32(SHUT_RD))
            }
        }
        handle = nil
        sent = 0
    }

    // MARK: One attempt

    private func attempt(_ mail: Mail) -> (outcome: MailOutcome, wasReused: Bool) {
        if interruption.isInterrupted { return (.relayTrouble(Self.interrupted), false) }
        guard let handle = handle ?? makeHandle() else { return (Self.trouble("libcurl cannot be used"), false) }
        self.handle = handle
        do throws(Unreadable) {
            try logIn(handle)
        } catch {
            return (Self.trouble(error.reason), false)
        }
        let transfer = SMTPTransfer(mail.bytes, transcript: transcript)
        let code = transfer.run(on: handle, from: mail.returnPath, to: mail.recipient)
        let wasReused = handle.number(CURLINFO_NUM_CONNECTS) == 0
        sent = wasReused ? sent + 1 : 1
        if code != CURLE_OK || sent >= settings.maxMessagesPerConnection { close() }
        if code == CURLE_OK {
            let reply = transfer.dialogue.reply
            return (.accepted(Delivery.Response(code: reply?.code, said: (reply?.text ?? "").utf8)), wasReused)
        }
        if interruption.isInterrupted { return (.relayTrouble(Self.interrupted), wasReused) }
        return (transfer.dialogue.outcome(problem: handle.problem(code)), wasReused)
    }

    private static let interrupted = Delivery.Response(code: nil, text: "interrupted, because the server stops")

    private static func trouble(_ text: String) -> MailOutcome {
        .relayTrouble(Delivery.Response(code: nil, text: text))
    }

    private func makeHandle() -> CurlHandle? {
        guard let handle = CurlHandle() else { return nil }
        let scheme = settings.encryption == .implicit ? "smtps" : "smtp"
        let host = settings.host.contains(":") ? "[\(settings.host)]" : settings.host
        // libcurl takes the name for EHLO from the path.
        handle.set(CURLOPT_URL, "\(scheme)://\(host):\(settings.port)/\(settings.helo)")
        handle.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        handle.set(CURLOPT_USE_SSL, Int((settings.encryption == .none ? CURLUSESSL_NONE : CURLUSESSL_ALL).rawValue))
        if let file = settings.caFile {
            handle.set(CURLOPT_CAINFO, file)
            handle.set(CURLOPT_CAPATH, nil)
        }
        handle.set(CURLOPT_PROXY, "")
        handle.set(CURLOPT_MAXCONNECTS, 1)
        handle.set(CURLOPT_TIMEOUT_MS, settings.timeoutSeconds * 1_000)
        handle.set(CURLOPT_CONNECTTIMEOUT_MS, settings.timeoutSeconds * 1_000)
        handle.set(CURLOPT_UPLOAD, 1)
        handle.heed(interruption)
        return handle
    }

    // MARK: Logging in

    private struct Unreadable: Error {
        let reason: String
    }

    /// Another password than before makes libcurl open a new connection.
    private func logIn(_ handle: CurlHandle) throws(Unreadable) {
        guard let username = settings.username, let password = try password() else { return }
        handle.set(CURLOPT_USERNAME, username)
        switch settings.login {
        case .xoauth2:
            handle.set(CURLOPT_LOGIN_OPTIONS, "AUTH=XOAUTH2")
            handle.set(CURLOPT_XOAUTH2_BEARER, password)
            return
        case .plain: handle.set(CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN")
        case .login: handle.set(CURLOPT_LOGIN_OPTIONS, "AUTH=LOGIN")
        case nil: handle.set(CURLOPT_LOGIN_OPTIONS, "AUTH=PLAIN;AUTH=LOGIN")
        }
        handle.set(CURLOPT_PASSWORD, password)
    }

    private func password() throws(Unreadable) -> String? {
        guard let password = settings.password else { return nil }
        do throws(MailSettings.Password.Unreadable) {
            return try password.read()
        } catch {
            throw Unreadable(reason: error.description)
        }
    }
}
