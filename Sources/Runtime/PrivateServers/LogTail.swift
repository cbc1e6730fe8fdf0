import Foundation

/// The end of a log file, for error messages.
enum LogTail {
    private static let bytesMax: UInt64 = 16_384

    /// The last lines that say something; empty when there is no such file.
    static func lines(of path: String, max: Int = 20) -> [String] {
        guard let handle = FileHandle(forReadingAtPath: path) else { return [] }
        defer { handle.closeFile() }
        let size = handle.seekToEndOfFile()
        handle.seek(toFileOffset: size > bytesMax ? size - bytesMax : 0)
        let text = String(decoding: handle.readDataToEndOfFile(), as: UTF8.self)
        return text.split(separator: "\n").filter { !$0.allSatisfy(\.isWhitespace) }.suffix(max).map(String.init)
    }
}
