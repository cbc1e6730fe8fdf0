import Foundation
import Glibc

/// A folder of one's own under TMPDIR that is gone at the end: with this value, or with the process at the latest.
package final class ScratchFolder: Sendable {
    /// Absolute path without a trailing slash.
    package let path: String

    /// Makes `TMPDIR/flotilla-NAME-XXXXXX`; other users may pass through it but not list it.
    package init(_ name: String = "scratch") throws(ServerError) {
        let parent = ProcessInfo.processInfo.environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        var template = Array("\(parent)/flotilla-\(name)-XXXXXX".utf8CString)
        guard let made = template.withUnsafeMutableBufferPointer({ $0.baseAddress.flatMap(mkdtemp) }) else {
            throw .file(path: parent, reason: systemText(errno))
        }
        path = String(cString: made)
        chmod(path, 0o711)
        try Leash.shared.hold(folder: path)
    }

    deinit { remove() }

    /// The folder given, or a fresh one.
    static func given(_ folder: ScratchFolder?, or name: String) throws(ServerError) -> ScratchFolder {
        if let folder { return folder }
        return try ScratchFolder(name)
    }

    /// The path of a file or folder inside; it need not exist.
    package func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Makes a folder inside, with those between, and returns its path.
    package func folder(_ name: String) throws(ServerError) -> String {
        let inner = file(name)
        do {
            try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: true)
        } catch {
            throw .file(path: inner, reason: "\(error)")
        }
        return inner
    }

    /// Writes a file inside and returns its path.
    package func write(_ text: String, to name: String) throws(ServerError) -> String {
        let inner = file(name)
        do {
            try text.write(toFile: inner, atomically: false, encoding: .utf8)
        } catch {
            throw .file(path: inner, reason: "\(error)")
        }
        return inner
    }

    /// Removes the folder with all it holds; calling it again does nothing.
    package func remove() {
        // What cannot be removed now stays on the leash and is tried again when the process ends.
        guard (try? FileManager.default.removeItem(atPath: path)) != nil else { return }
        Leash.shared.release(folder: path)
    }
}
