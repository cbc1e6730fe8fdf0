import Domain
import SNMP

extension ProfileReader {
    func readListing(_ table: YAMLTable, isUnverified: Bool) throws(ProfileFault) -> Listing {
        var table = table
        let unverified = try table.has("unverified") ? table.bool("unverified") : isUnverified
        let interfaces = table.has("interfaces") ? try readInterfaces(try table.table("interfaces")) : nil
        let known = (interfaces.map { $0.descriptions + $0.names } ?? []).reduce(into: Set<String>()) { $0.formUnion($1.names) }
        let listing = Listing(
            name: try table.text("name"),
            indexes: try readIndexes(&table, alsoKnown: known),
            interfaces: interfaces,
            columns: table.has("columns") ? try readColumns(try table.table("columns"), isUnverified: unverified) : [:],
            ports: table.has("ports") ? try readPorts(try table.table("ports"), isUnverified: unverified) : nil
        )
        guard listing.interfaces != nil || !listing.columns.isEmpty || listing.ports != nil else {
            throw table.fault("name", "the listing \"\(listing.name)\" has neither columns nor interfaces")
        }
        if let ports = listing.ports, ports.canBeWalked, listing.interfaces != nil {
            throw table.fault("ports", "interfaces are not indexed by port: say with \"index\" how a port's row is read")
        }
        if let ports = listing.ports, ports.canBeWalked, let form = listing.indexes.first(where: { $0.parts.count <= ports.arcs }) {
            throw table.fault(
                "ports",
                "an index of \(form.parts.count) parts has nothing behind the port: say with \"index\" how a port's row is read"
            )
        }
        try table.finish(allowed: ["name", "unverified", "interfaces", "index", "columns", "ports"])
        return listing
    }

    private func readInterfaces(_ table: YAMLTable) throws(ProfileFault) -> Listing.InterfaceFilter {
        var table = table
        let filter = Listing.InterfaceFilter(
            types: try table.wholes("type"),
            descriptions: try patterns(&table, "descr"),
            names: try patterns(&table, "name")
        )
        try table.finish(allowed: ["type", "descr", "name"])
        guard !filter.types.isEmpty || !filter.descriptions.isEmpty || !filter.names.isEmpty else {
            throw table.fault("type", "one of type, descr and name is needed")
        }
        return filter
    }

    private func patterns(_ table: inout YAMLTable, _ key: String) throws(ProfileFault) -> [NamePattern] {
        var patterns: [NamePattern] = []
        for text in try table.textOrTexts(key) {
            guard let pattern = NamePattern(text) else {
                throw table.fault(key, "\"\(text)\" is no form of a name, such as GPON{slot}/{pon}:{onu}")
            }
            patterns.append(pattern)
        }
        return patterns
    }

    private func readPorts(_ table: YAMLTable, isUnverified: Bool) throws(ProfileFault) -> Listing.Ports {
        var table = table
        let ports = Listing.Ports(
            counter: table.has("count") ? try readCounter(try table.table("count"), isUnverified: isUnverified) : nil,
            list: table.has("list") ? try table.oid("list") : nil,
            types: try table.wholes("type"),
            index: table.has("index") ? try readIndex(try table.table("index"), alsoKnown: []) : nil,
            arcs: table.has("arcs") ? Int(try table.whole("arcs", in: 1...8)) : 1
        )
        guard ports.counter != nil || ports.list != nil || !ports.types.isEmpty else {
            throw table.fault("count", "one of count, list and type is needed")
        }
        try table.finish(allowed: ["count", "list", "type", "index", "arcs"])
        return ports
    }

    private func readCounter(_ table: YAMLTable, isUnverified: Bool) throws(ProfileFault) -> Listing.Ports.Counter {
        var table = table
        let allowed = Listing.Ports.Counted.allCases.map(\.rawValue)
        let counted = try table.has("of") ? table.word("of", allowed: allowed) : allowed[0]
        let counter = Listing.Ports.Counter(
            oids: try table.oids("oid"),
            counted: Listing.Ports.Counted(rawValue: counted) ?? .all,
            sentinels: try table.wholes("none"),
            isUnverified: try table.has("unverified") ? table.bool("unverified") : isUnverified
        )
        guard !counter.oids.isEmpty else { throw table.fault("oid", "one OID at least is needed") }
        try table.finish(allowed: ["oid", "of", "none", "unverified"])
        return counter
    }

    private func readColumns(_ table: YAMLTable, isUnverified: Bool) throws(ProfileFault) -> [Profile.Field: Profile.Column] {
        var table = table
        var columns: [Profile.Field: Profile.Column] = [:]
        for field in Profile.Field.allCases where table.has(field.rawValue) {
            var row = try table.table(field.rawValue)
            let cost = try row.word("cost", allowed: Profile.Cost.allCases.map(\.rawValue))
            let column = Profile.Column(
                oids: try row.oids("oid"),
                type: try readType(&row, for: field),
                cost: Profile.Cost(rawValue: cost) ?? .cheap,
                suffix: try row.arcs("suffix"),
                isUnverified: try row.has("unverified") ? row.bool("unverified") : isUnverified
            )
            guard !column.oids.isEmpty else { throw row.fault("oid", "one OID at least is needed") }
            try row.finish(
                allowed: [
                    "oid", "type", "cost", "suffix", "unverified", "none", "words", "classes", "scale", "offset", "window", "wrap", "unit",
                ]
            )
            columns[field] = column
        }
        try table.finish(allowed: Profile.Field.allCases.map(\.rawValue))
        return columns
    }

    private func readType(_ row: inout YAMLTable, for field: Profile.Field) throws(ProfileFault) -> Profile.ValueType {
        let type = try row.word("type", allowed: ["text", "serial", "mac", "words", "number"])
        guard field.takes(type) else {
            throw row.fault("type", "\(field.rawValue) cannot be a \(type); allowed: \(field.types.joined(separator: ", "))")
        }
        switch type {
        case "text":
            let sentinels = try row.texts("none")
            return .text(sentinels: sentinels, classes: row.has("classes") ? try readClasses(try row.table("classes")) : [:])
        case "serial": return .serial
        case "mac": return .mac
        case "words": return try readWords(&row, for: field)
        default: return try readNumber(&row)
        }
    }

    private func readWords(_ row: inout YAMLTable, for field: Profile.Field) throws(ProfileFault) -> Profile.ValueType {
        var numbers: [Int64: String] = [:]
        var texts: [String: String] = [:]
        var table = try row.table("words")
        for (key, word) in try table.pairs() {
            if let allowed = field.words, !allowed.contains(word) {
                throw table.fault(key, "\"\(word)\" is not known; allowed: \(allowed.joined(separator: ", "))")
            }
            if let number = Int64(key) { numbers[number] = word } else { texts[key.lowercased()] = word }
        }
        var classes: [String: DownClass] = [:]
        if row.has("classes") {
            let table = try row.table("classes")
            for (downClass, keys) in try readClasses(table) {
                for key in keys {
                    guard let word = Int64(key).flatMap({ numbers[$0] }) ?? texts[key.lowercased()] else {
                        throw table.fault(downClass.word, "\(key) is none of the words")
                    }
                    classes[word] = downClass
                }
            }
        }
        return .words(numbers, texts: texts, classes: classes)
    }

    private func readClasses(_ table: YAMLTable) throws(ProfileFault) -> [DownClass: [String]] {
        var table = table
        var classes: [DownClass: [String]] = [:]
        for downClass in DownClass.allCases where table.has(downClass.word) { classes[downClass] = try table.textOrTexts(downClass.word) }
        try table.finish(allowed: DownClass.allCases.map(\.word))
        return classes
    }

    private func readNumber(_ row: inout YAMLTable) throws(ProfileFault) -> Profile.ValueType {
        let window = try row.doubles("window")
        guard window.count == 2, window[0] < window[1] else {
            throw row.fault("window", "two numbers are needed, the smaller one first")
        }
        let none = try row.texts("none")
        var wrap: Profile.Wrap?
        if row.has("wrap") {
            var table = try row.table("wrap")
            wrap = Profile.Wrap(above: try table.whole("above", in: 0...Int64.max), by: try table.whole("by", in: 1...Int64.max))
            try table.finish()
        }
        return .number(
            scale: try row.has("scale") ? row.double("scale") : 1,
            offset: try row.has("offset") ? row.double("offset") : 0,
            sentinels: none.compactMap { Int64($0) },
            window: window[0]...window[1],
            wrap: wrap,
            texts: Profile.TextNumber(unit: try row.has("unit") ? row.text("unit") : "", sentinels: none.filter { Int64($0) == nil })
        )
    }
}

extension Profile.Field {
    /// The types of column that can tell this field.
    var types: [String] {
        switch self {
        case .serial: ["serial", "text"]
        case .mac: ["mac", "text"]
        case .name, .description, .port, .model, .firmware: ["text"]
        case .adminStatus, .runStatus: ["words"]
        case .lastDownCause: ["words", "text"]
        case .distance, .rxOnu, .txOnu, .rxOlt, .temperature, .voltage, .bias: ["number"]
        }
    }

    func takes(_ type: String) -> Bool { types.contains(type) }

    /// The words this field knows; `nil`: the vendor's own.
    var words: [String]? {
        switch self {
        case .adminStatus: AdminStatus.allCases.map(\.word)
        case .runStatus: RunStatus.allCases.map(\.word)
        default: nil
        }
    }
}
