package import Domain

extension MemoryRecord {
    package func changeOLT(_ nameOrID: String, _ change: OLTChange, now: Timestamp) async throws(RecordError) -> OLTSummary? {
        try with { model throws(RecordError) in try model.changeOLT(nameOrID, change) }
    }

    package func removeOLT(_ nameOrID: String) async throws(RecordError) -> OLTRemoval { with { $0.removeOLT(nameOrID) } }

    @discardableResult
    package func declare(_ operations: [DeclaredOperation], of olt: OLTID, now: Timestamp) async throws(RecordError) -> Bool {
        with { $0.declare(operations, of: olt) }
    }

    @discardableResult
    package func undeclare(_ types: [OperationType], of olt: OLTID) async throws(RecordError) -> [OperationType] {
        with { $0.undeclare(types, of: olt) }
    }

    package func operations(of olts: [OLTID]) async throws(RecordError) -> [OLTID: [DeclaredOperation]] {
        let known = with { $0.declarations(of: Set(olts)) }
        return Dictionary(uniqueKeysWithValues: known.filter { !$0.operations.isEmpty }.map { ($0.olt, $0.operations) })
    }

    package func declarations(of olts: Set<OLTID>) async throws(RecordError) -> [OLTDeclaration] {
        with { $0.declarations(of: olts) }
    }

    package func allDeclarations(after olt: OLTID?, limit: Int) async throws(RecordError) -> [OLTDeclarationText] {
        with { $0.devices.declarations(after: olt, limit: limit) }.map { OLTDeclarationText(olt: $0.olt, text: $0.canonicalText) }
    }
}
