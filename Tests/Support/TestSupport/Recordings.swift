import Foundation

/// The recorded answers of real OLTs (`*.snmprec`), which are kept beside the repository, not in it.
package enum Recordings {
    /// Why there are none.
    package struct Missing: Error, CustomStringConvertible {
        let path: String
        package var description: String { "no recordings at \(path): set FLOTILLA_RECORDINGS to their folder" }
    }

    /// The folder: FLOTILLA_RECORDINGS, or `../shared/snmp/recordings` beside the repository.
    /// - Returns: `nil`, after a visible line, when it is missing; the caller then skips.
    /// - Throws: `Missing` instead of `nil` where CI=true, so that a skipped test cannot pass for a proof.
    package static func folder() throws -> String? {
        let environment = ProcessInfo.processInfo.environment
        let path = environment["FLOTILLA_RECORDINGS"] ?? "\(packageRoot)/../shared/snmp/recordings"
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue { return path }
        let missing = Missing(path: path)
        if environment["CI"] == "true" { throw missing }
        FileHandle.standardError.write(Data("SKIPPED: \(missing)\n".utf8))
        return nil
    }

    /// The package's root folder, found from where this file was compiled.
    package static var packageRoot: String {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { url.deleteLastPathComponent() }
        return url.path
    }
}

/// Short for `Recordings.folder()`.
package func recordings() throws -> String? { try Recordings.folder() }
