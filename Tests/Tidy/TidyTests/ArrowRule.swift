/// Imports must be those the room's line allows, and the line itself must keep the towers apart.
enum ArrowRule {
    static let name = "arrow"

    static func findings(in file: SourceFile) -> [Finding] {
        rawFindings(in: file).filter { !Exceptions.excuse($0) }
    }

    static func rawFindings(in file: SourceFile) -> [Finding] {
        guard let room = Room.of(file.path) else {
            return [Finding(rule: name, path: file.path, line: 1, text: "no line in Rooms.swift for this folder")]
        }
        return file.imports.compactMap { module, line in
            let isOurs = Room.everything.contains(module)
            let isAllowed = isOurs ? room.ours.contains(module) : room.outside?.contains(module) ?? true
            guard !isAllowed || breaksTowers(file.path, module) else { return nil }
            return Finding(rule: name, path: file.path, line: line, text: "\(room.folder) may not import \(module)")
        }
    }

    /// The rules of the arrows that no line of the table may lift.
    static func breaksTowers(_ path: String, _ module: String) -> Bool {
        func lies(in folders: String...) -> Bool { folders.contains { path.hasPrefix("\($0)/") } }
        if lies(in: "Tests") { return false }
        if Room.cLibraries.contains(module) { return !lies(in: "Sources/Drivers", "Sources/Runtime", "Sources/Simulator") }
        if Room.drivers.contains(module) { return !lies(in: "Sources/Adapters", "Sources/Apps") }
        if Room.adapters.contains(module) { return !lies(in: "Sources/Apps") }
        if module == "Foundation" { return lies(in: "Sources/Domain", "Sources/Wire", "Sources/Application", "Sources/Drivers") }
        return lies(in: "Sources/Domain")
    }
}
