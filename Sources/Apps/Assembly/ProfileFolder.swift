import Foundation

/// Where profiles are looked for when no setting says it.
package enum ProfileFolder {
    /// The first that exists: `deploy/profiles` here, beside the program, above a build folder, in the system.
    package static var found: String? {
        let files = FileManager.default
        let program = (try? files.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let beside = URL(fileURLWithPath: program).deletingLastPathComponent()
        let candidates = [
            URL(fileURLWithPath: files.currentDirectoryPath).appendingPathComponent("deploy/profiles"),
            beside.appendingPathComponent("profiles"),
            beside.appendingPathComponent("../../../deploy/profiles").standardized,
            URL(fileURLWithPath: "/usr/share/flotilla/profiles"),
        ]
        return candidates.map(\.path).first { files.fileExists(atPath: $0) }
    }
}
