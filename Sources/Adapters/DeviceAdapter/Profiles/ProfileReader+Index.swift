import SNMP

extension ProfileReader {
    /// One form, or a list of forms; without one an interface's index is one arc.
    func readIndexes(_ table: inout YAMLTable, alsoKnown: Set<String>) throws(ProfileFault) -> [IndexForm] {
        guard table.has("index") else {
            guard table.has("interfaces") else { throw table.fault("index", "how is a row's index read?") }
            return [IndexForm(parts: [.number("interface")], port: nil, onu: nil)]
        }
        var forms: [IndexForm] = []
        for form in try table.tableOrTables("index") { forms.append(try readIndex(form, alsoKnown: alsoKnown)) }
        return forms
    }

    func readIndex(_ table: YAMLTable, alsoKnown: Set<String>) throws(ProfileFault) -> IndexForm {
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
            onu: try table.has("onu") ? table.text("onu") : nil,
            portName: table.has("portName") ? try readPortName(try table.table("portName")) : nil
        )
        guard !parts.isEmpty else { throw table.fault("arcs", "one arc at least is needed") }
        let known = form.names.union(alsoKnown)
        if let onu = form.onu, !known.contains(onu) { throw table.fault("onu", "no arc is called \"\(onu)\"") }
        if let name = form.port.flatMap({ IndexForm.names(in: $0).first { !known.contains($0) } }) {
            throw table.fault("port", "no arc is called \"\(name)\"")
        }
        if let arc = form.portName?.arc, !known.contains(arc) { throw table.fault("portName", "no arc is called \"\(arc)\"") }
        try table.finish(allowed: ["arcs", "port", "onu", "portName"])
        return form
    }

    private func readPortName(_ table: YAMLTable) throws(ProfileFault) -> IndexForm.PortName {
        var table = table
        let name = IndexForm.PortName(
            oid: try table.has("oid") ? table.oid("oid") : InterfaceTable.name,
            arc: try table.text("arc"),
            prefixes: try table.textOrTexts("strip")
        )
        try table.finish(allowed: ["oid", "arc", "strip"])
        return name
    }

    private func readBits(_ part: inout YAMLTable) throws(ProfileFault) -> IndexForm.Part {
        var fields: [IndexForm.BitField] = []
        for var field in try part.tables("bits") {
            let shift = try field.whole("shift", in: 0...31)
            let width = try field.whole("width", in: 1...31)
            guard shift + width <= 32 else { throw field.fault("width", "the field ends behind bit 31") }
            fields.append(
                IndexForm.BitField(
                    name: try field.text("name"),
                    shift: UInt32(shift),
                    width: UInt32(width),
                    add: try field.has("add") ? field.whole("add", in: -65_536...65_536) : 0,
                    only: try field.has("only") ? UInt32(field.whole("only", in: 0...Int64(UInt32.max))) : nil,
                    except: try field.has("except") ? UInt32(field.whole("except", in: 0...Int64(UInt32.max))) : nil
                )
            )
            try field.finish(allowed: ["name", "shift", "width", "add", "only", "except"])
        }
        let base = try part.has("base") ? part.whole("base", in: 0...Int64(UInt32.max)) : 0
        return .bits(base: UInt32(base), fields: fields, whole: try part.has("whole") ? part.text("whole") : nil)
    }
}
