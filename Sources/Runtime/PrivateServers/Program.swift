import Foundation
import Glibc

/// Finds installed programs.
package enum Program {
    /// Folders that are searched beside `PATH`: servers are not on everybody's path.
    private static let usual = ["/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin"]

    /// The absolute path of a program.
    /// - Parameters:
    ///   - name: a bare name, or a path that is only checked.
    ///   - package: the Debian package to name when it is missing.
    /// - Returns: a path that can be executed.
    /// - Throws: `.programMissing`.
    package static func find(_ name: String, package: String? = nil) throws(ServerError) -> String {
        if name.contains("/") {
            guard access(name, X_OK) == 0 else { throw .programMissing(program: name, package: package) }
            return name
        }
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        for folder in path + usual where access("\(folder)/\(name)", X_OK) == 0 { return "\(folder)/\(name)" }
        throw .programMissing(program: name, package: package)
    }

    /// The program in the newest of several versions: `parent/VERSION/inner`, for example `/usr/lib/postgresql/15/bin/initdb`.
    static func newest(under parent: String, inner: String, package: String) throws(ServerError) -> String {
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
        for version in versions.sorted(by: { $0.compare($1, options: .numeric) == .orderedDescending }) {
            let path = "\(parent)/\(version)/\(inner)"
            if access(path, X_OK) == 0 { return path }
        }
        throw .programMissing(program: "\(parent)/*/\(inner)", package: package)
    }

    /// True when this process may become any user.
    static var isRoot: Bool { geteuid() == 0 }
}
