import Domain
import Foundation
import Wire

/// A message of RFC 5322: ASCII lines, whatever names hold; no name ever stands in a header as it is.
struct Mail {
    let notice: Notice
    let sender: MailAddress
    let recipients: [MailAddress]

    /// Lines end with a line feed, as `sendmail` reads them.
    var text: String {
        let headers = [
            "From: \(sender.text)",
            "To: \(recipients.map(\.text).joined(separator: ",\n "))",
            "Subject: \(Self.encoded("[Flotilla] \(notice.headline)"))",
            "Date: \(Self.date(notice.row.violation.createdAt))",
            "Message-ID: <\(notice.key)-\(notice.row.violation.createdAt.microseconds)@\(sender.host)>",
            "Auto-Submitted: auto-generated",
            "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: base64",
        ]
        return (headers + [""] + Self.wrapped(Array(body.utf8))).joined(separator: "\n") + "\n"
    }

    private var body: String {
        let violation = notice.row.violation
        let causes = violation.causes.isEmpty ? "none proven" : violation.causes.map(\.rawValue).joined(separator: ", ")
        return """
            \(notice.headline).

            OLT:         \(notice.row.oltName) (\(violation.olt.value))
            Period:      \(violation.period.start) to \(violation.period.end)
            Severity:    \(violation.severity.rawValue)
            Completion:  \(Int((violation.completion * 100).rounded())) %
            Causes:      \(causes)
            Violation:   \(notice.row.id)

            \(PayloadJSON.encode(notice.payload))

            """
    }

    /// Encoded words of RFC 2047, each whole characters and at most 75 long, folded.
    static func encoded(_ text: String) -> String {
        var words: [String] = []
        var chunk: [UInt8] = []
        func flush() {
            guard !chunk.isEmpty else { return }
            words.append("=?utf-8?B?\(Data(chunk).base64EncodedString())?=")
            chunk = []
        }
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if chunk.count + bytes.count > 39 { flush() }
            chunk += bytes
        }
        flush()
        return words.joined(separator: "\n ")
    }

    private static func wrapped(_ bytes: [UInt8]) -> [String] {
        // 57 bytes are 76 characters.
        stride(from: 0, to: bytes.count, by: 57).map { start in
            Data(bytes[start..<min(start + 57, bytes.count)]).base64EncodedString()
        }
    }

    /// `Wed, 21 Oct 2026 08:30:15 +0000`.
    private static func date(_ time: Timestamp) -> String {
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = "\(time)".split { !$0.isNumber }.compactMap { Int($0) }
        guard parts.count >= 6, months.indices.contains(parts[1] - 1) else { return "Thu, 01 Jan 1970 00:00:00 +0000" }
        // 1970-01-01 was a Thursday.
        let day = Int(time.microseconds / 86_400_000_000)
        let weekday = days[(day % 7 + 7) % 7]
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let clock = "\(two(parts[3])):\(two(parts[4])):\(two(parts[5]))"
        return "\(weekday), \(two(parts[2])) \(months[parts[1] - 1]) \(parts[0]) \(clock) +0000"
    }
}
