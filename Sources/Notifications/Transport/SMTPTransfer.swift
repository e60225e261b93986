import CCurl
import StatusPages

/// One email on its way: the data that libcurl's callbacks read and write.
final class SMTPTransfer {
    private let message: [UInt8]
    private var position = 0
    private let transcript: ((String) -> Void)?
    private(set) var dialogue = SMTPDialogue()

    init(_ message: [UInt8], transcript: ((String) -> Void)?) {
        self.message = message
        self.transcript = transcript
    }

    func run(on handle: CurlHandle, from sender: EmailAddress, to recipient: EmailAddress) -> CURLcode {
        let recipients = CurlList(["<\(recipient)>"])
        handle.set(CURLOPT_MAIL_FROM, "<\(sender)>")
        _ = allclear_curl_set_list(handle.pointer, CURLOPT_MAIL_RCPT, recipients.pointer)
        _ = allclear_curl_set_size(handle.pointer, CURLOPT_INFILESIZE_LARGE, curl_off_t(message.count))
        let me = Unmanaged.passUnretained(self).toOpaque()
        _ = allclear_curl_set_pointer(handle.pointer, CURLOPT_READDATA, me)
        _ = allclear_curl_set_source(handle.pointer, CURLOPT_READFUNCTION) { buffer, size, count, me in
            guard let buffer, let me else { return 0 }
            return SMTPTransfer.from(me).read(into: buffer, atMost: size * count)
        }
        // Only the observer gets commands and replies separately. It needs the verbose mode.
        handle.set(CURLOPT_VERBOSE, 1)
        _ = allclear_curl_set_pointer(handle.pointer, CURLOPT_DEBUGDATA, me)
        _ = allclear_curl_set_observer(handle.pointer) { _, kind, text, count, me in
            if let text, let me {
                UnsafeRawPointer(text).withMemoryRebound(to: UInt8.self, capacity: count) {
                    SMTPTransfer.from(me).observe(kind, UnsafeBufferPointer(start: $0, count: count))
                }
            }
            return 0
        }
        // The handle outlives this object. Closing its connection would call the observer again.
        defer { handle.set(CURLOPT_VERBOSE, 0) }
        return withExtendedLifetime((self, recipients)) { handle.perform() }
    }

    private static func from(_ pointer: UnsafeMutableRawPointer) -> SMTPTransfer {
        Unmanaged<SMTPTransfer>.fromOpaque(pointer).takeUnretainedValue()
    }

    private func read(into buffer: UnsafeMutablePointer<CChar>, atMost most: Int) -> Int {
        if position == 0 {
            dialogue.beginMessage()
            transcript?("> (the message, \(message.count) bytes)")
        }
        let part = message[position..<min(position + most, message.count)]
        UnsafeMutableRawBufferPointer(start: buffer, count: most).copyBytes(from: part)
        position += part.count
        return part.count
    }

    private func observe(_ kind: curl_infotype, _ bytes: UnsafeBufferPointer<UInt8>) {
        switch kind {
        case CURLINFO_HEADER_OUT:
            let line = dialogue.send(bytes)
            transcript?("> \(line)")
        case CURLINFO_HEADER_IN:
            let line = dialogue.receive(bytes)
            transcript?("< \(line)")
        case CURLINFO_TEXT:
            if let transcript, bytes.starts(with: "SSL connection using".utf8) {
                transcript("* \(String(decoding: bytes, as: UTF8.self).split(separator: "\n").first ?? "")")
            }
        default: break
        }
    }
}
