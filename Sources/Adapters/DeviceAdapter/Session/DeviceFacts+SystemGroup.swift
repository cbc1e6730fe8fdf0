package import Domain
package import SNMP

extension DeviceFacts {
    /// Reads the system group like any other column: texts end at a zero byte, which no database takes, and an empty text is unknown.
    package init(description: SNMPValue, objectID: SNMPValue, upTime: SNMPValue, name: SNMPValue) {
        self.init(
            sysObjectID: Self.dotted(objectID),
            sysDescription: Self.text(description),
            sysName: Self.text(name),
            upTimeTicks: upTime.wholeNumber.flatMap { UInt32(exactly: $0) }
        )
    }

    private static func text(_ value: SNMPValue) -> String? {
        guard case .text(let text) = Profile.ValueType.text(sentinels: []).read(value) else { return nil }
        return text
    }

    private static func dotted(_ value: SNMPValue) -> String? {
        guard case .oid(let oid) = value else { return nil }
        return "\(oid)"
    }
}
