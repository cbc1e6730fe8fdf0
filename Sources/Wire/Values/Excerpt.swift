extension StringProtocol {
    /// The beginning, for messages about it: at most 64 characters and 256 bytes, for one character may carry marks without end.
    var excerpt: String {
        var text = String.UnicodeScalarView()
        var bytes = 0
        for scalar in prefix(64).unicodeScalars {
            bytes += UTF8.width(scalar)
            guard bytes <= 256 else { break }
            text.append(scalar)
        }
        return String(text)
    }
}

extension Error {
    /// What an error of a library says, which may quote what it read.
    var excerpt: String { "\(self)".excerpt }
}
