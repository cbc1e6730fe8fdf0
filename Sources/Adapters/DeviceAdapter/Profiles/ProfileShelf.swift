import Foundation

/// All profiles of a folder, read and checked at start.
package struct ProfileShelf: Sendable {
    private let profiles: [String: Profile]

    package init(_ profiles: [Profile]) {
        self.profiles = Dictionary(profiles.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Reads every `.yaml` file of the folder.
    package init(folder: String) throws(ProfileFault) {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".yaml") }.sorted()
        } catch {
            throw ProfileFault(file: folder, line: 0, message: "the folder of profiles cannot be read: \(error.localizedDescription)")
        }
        guard !names.isEmpty else { throw ProfileFault(file: folder, line: 0, message: "there is no profile (*.yaml) in this folder") }
        var profiles: [String: Profile] = [:]
        for name in names {
            let path = folder + "/" + name
            let profile = try Self.profile(file: path)
            guard profiles.updateValue(profile, forKey: profile.name) == nil else {
                throw ProfileFault(file: path, line: 1, message: "there is another profile called \"\(profile.name)\"")
            }
        }
        self.profiles = profiles
    }

    /// Reads one file.
    package static func profile(file path: String) throws(ProfileFault) -> Profile {
        guard let yaml = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw ProfileFault(file: path, line: 0, message: "the file cannot be read as UTF-8")
        }
        return try ProfileReader(file: path).read(yaml)
    }

    /// In the order of their names.
    package var all: [Profile] { names.compactMap { profiles[$0] } }

    package var names: [String] { profiles.keys.sorted() }

    package func profile(_ name: String) -> Profile? { profiles[name] }
}
