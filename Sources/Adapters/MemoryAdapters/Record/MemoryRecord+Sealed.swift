package import Domain

extension MemoryRecord: SealedRecord {
    package func sealed(after olt: OLTID?, limit: Int) async throws(RecordError) -> [SealedOLT] {
        with { $0.devices.sealed(after: olt, limit: limit) }
    }

    package func reseal(_ olt: OLTID, from old: SealedCredentials, to new: SealedCredentials) async throws(RecordError) -> Bool {
        with { $0.devices.reseal(olt, from: old, to: new) }
    }

    package func sealedUnderWay() async throws(RecordError) -> Int {
        with { model in model.rows.count { $0.state == .queued && $0.task.olt != nil } }
    }
}
