import SNMP
import Yams

/// What is wrong with a profile, where, and what is allowed.
package struct ProfileFault: Error, Hashable, Sendable, CustomStringConvertible {
    package let file: String
    /// From 1; 0 when the file as a whole is meant.
    package let line: Int
    package let message: String

    package var description: String { "\(file):\(line): \(message)" }
}

/// Reads one profile from YAML; every fault names file and line.
package struct ProfileReader {
    private let file: String

    package init(file: String) {
        self.file = file
    }

    package func read(_ yaml: String) throws(ProfileFault) -> Profile {
        let root: Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch {
            throw ProfileFault(file: file, line: Self.line(of: error), message: "this is not YAML: \(error)")
        }
        guard let root else { throw ProfileFault(file: file, line: 0, message: "the file is empty") }
        var top = try YAMLTable(root, file: file, what: "a profile")
        let columns = try readColumns(try top.table("columns"))
        let index = try readIndex(try top.table("index"))
        let profile = Profile(
            name: try top.text("name"),
            vendor: try top.text("vendor"),
            models: try top.texts("models"),
            objectID: try top.oid("sysObjectID"),
            index: index,
            columns: columns,
            discovery: try top.words("discovery", allowed: Profile.Field.allCases.map(\.rawValue)).compactMap(Profile.Field.init(rawValue:))
        )
        for field in profile.discovery {
            guard let column = columns[field] else { throw top.fault("discovery", "there is no column \"\(field.rawValue)\"") }
            guard column.cost == .cheap else {
                throw top.fault("discovery", "\"\(field.rawValue)\" is not cheap; a discovery walks cheap columns only")
            }
        }
        guard !profile.discovery.isEmpty else { throw top.fault("discovery", "at least one column is needed") }
        try top.finish()
        return profile
    }

    private func readColumns(_ table: YAMLTable) throws(ProfileFault) -> [Profile.Field: Profile.Column] {
        var table = table
        var columns: [Profile.Field: Profile.Column] = [:]
        for field in Profile.Field.allCases where table.has(field.rawValue) {
            var row = try table.table(field.rawValue)
            let cost = try row.word("cost", allowed: Profile.Cost.allCases.map(\.rawValue))
            let column = Profile.Column(
                oid: try row.oid("oid"),
                type: try readType(&row),
                cost: Profile.Cost(rawValue: cost) ?? .cheap,
                suffix: try row.wholes("suffix").map { UInt32(clamping: $0) },
                isUnverified: try row.has("unverified") ? row.bool("unverified") : false
            )
            try row.finish()
            columns[field] = column
        }
        try table.finish(allowed: Profile.Field.allCases.map(\.rawValue))
        return columns
    }

    private func readType(_ row: inout YAMLTable) throws(ProfileFault) -> Profile.ValueType {
        switch try row.word("type", allowed: ["text", "serial", "mac", "words", "number"]) {
        case "text": return .text(sentinels: try row.texts("none"))
        case "serial": return .serial
        case "mac": return .mac
        case "words":
            var table = try row.table("words")
            return .words(try table.numberedTexts())
        default:
            let window = try row.doubles("window")
            guard window.count == 2, window[0] < window[1] else {
                throw row.fault("window", "two numbers are needed, the smaller one first")
            }
            return .number(
                scale: try row.has("scale") ? row.double("scale") : 1,
                offset: try row.has("offset") ? row.double("offset") : 0,
                sentinels: try row.wholes("none"),
                window: window[0]...window[1]
            )
        }
    }

    private func readIndex(_ table: YAMLTable) throws(ProfileFault) -> IndexForm {
        var table = table
        var parts: [IndexForm.Part] = []
        for var part in try table.tables("arcs") {
            if part.has("number") {
                parts.append(.number(try part.text("number")))
            } else if part.has("text") {
                parts.append(.text(try part.text("text")))
            } else {
                parts.append(try readBits(&part))
            }
            try part.finish()
        }
        let form = IndexForm(
            parts: parts,
            port: try table.has("port") ? table.text("port") : nil,
            onu: try table.has("onu") ? table.text("onu") : nil
        )
        if let onu = form.onu, !form.names.contains(onu) { throw table.fault("onu", "no arc is called \"\(onu)\"") }
        try table.finish()
        return form
    }

    private func readBits(_ part: inout YAMLTable) throws(ProfileFault) -> IndexForm.Part {
        var fields: [IndexForm.BitField] = []
        for var field in try part.tables("bits") {
            let shift = try field.whole("shift", in: 0...31)
            let width = try field.whole("width", in: 1...31)
            guard shift + width <= 32 else { throw field.fault("width", "the field ends behind bit 31") }
            fields.append(IndexForm.BitField(name: try field.text("name"), shift: UInt32(shift), width: UInt32(width)))
            try field.finish()
        }
        let base = try part.has("base") ? part.whole("base", in: 0...Int64(UInt32.max)) : 0
        return .bits(base: UInt32(base), fields: fields)
    }

    private static func line(of error: any Error) -> Int {
        switch error as? YamlError {
        case .scanner(_, _, let mark, _)?, .parser(_, _, let mark, _)?, .composer(_, _, let mark, _)?: mark.line
        default: 0
        }
    }
}
