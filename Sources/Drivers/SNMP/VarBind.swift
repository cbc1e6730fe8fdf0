/// A name and its value.
package struct VarBind: Sendable, Hashable {
    package let name: OID
    package let value: SNMPValue

    package init(name: OID, value: SNMPValue) {
        self.name = name
        self.value = value
    }
}
