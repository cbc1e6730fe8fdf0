/// Texts that a careless reader trips over: in a page, a log, a CSV, a terminal.
enum HostileText {
    /// Octets of the longest text: what a datagram can carry, about.
    static let hugeCount = 60_000

    private static let texts: [[UInt8]] = [
        Array("<script>alert(document.cookie)</script>".utf8),
        Array("\"><img src=x onerror=alert(1)>".utf8),
        Array("a\r\nSet-Cookie: admin=1\r\n\r\nlevel=error forged".utf8),
        Array("\u{202E}gnp.exe \u{2066}x\u{2069}".utf8),
        // Terminal: clear the screen, ring, hide.
        Array("\u{1B}[2J\u{7}\u{1B}[8m\u{0}\u{8}\u{7F}".utf8),
        Array("=HYPERLINK(\"http://example.net\",\"x\")".utf8),
        Array("'; drop table onus; --".utf8),
        Array("%s%n{{7*7}}${7*7}".utf8),
        Array("e\u{301}\u{301}\u{301}\u{301}\u{200B}\u{FEFF}\u{2028}\u{85}".utf8),
        // Not UTF-8: a surrogate, an overlong slash, a start without its end.
        [0xED, 0xA0, 0x80, 0xC0, 0xAF, 0xF0, 0x9F],
        [0x00, 0xFF, 0xFE, 0x41, 0x00],
        [UInt8](0...31),
    ]

    /// The forms of `text`, and one more: the text with a NUL behind it.
    static let count = texts.count + 1

    static func text(_ place: Int, instead text: [UInt8]) -> [UInt8] {
        place < texts.count ? texts[place] : text + [0] + Array("hidden".utf8)
    }
}
