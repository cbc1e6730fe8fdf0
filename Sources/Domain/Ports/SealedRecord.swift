/// What holds sealed credentials, for whoever changes the key.
package protocol SealedRecord: Sendable {
    /// By id.
    func sealed(after olt: OLTID?, limit: Int) async throws(RecordError) -> [SealedOLT]

    /// Puts other bytes in the place of these; the revision stays, for what is sealed stays.
    ///
    /// - Returns: false when the OLT has others by now, or is gone.
    func reseal(_ olt: OLTID, from old: SealedCredentials, to new: SealedCredentials) async throws(RecordError) -> Bool

    /// Tasks of OLTs that are on their way: their messages carry what was sealed when they were dispatched.
    func sealedUnderWay() async throws(RecordError) -> Int
}

/// An OLT's credentials as they are kept.
package struct SealedOLT: Hashable, Sendable {
    package let olt: OLTID
    package let name: String
    package let credentials: SealedCredentials

    package init(olt: OLTID, name: String, credentials: SealedCredentials) {
        self.olt = olt
        self.name = name
        self.credentials = credentials
    }
}
