/// All rows that can be played.
enum FaultMatrix {
    static let rows: [FaultRow] = [
        FaultRow.workers, FaultRow.orchestrators, FaultRow.commits, FaultRow.brokers, FaultRow.routes, FaultRow.stores, FaultRow.shortages,
    ].flatMap(\.self).sorted { $0.id < $1.id }

    /// What must hold in every row, for readers of the document.
    static let legend = """
        Checks, after the invariants of the design: **I1 I3** every accepted task is there and ended; **I2** it ended once; **I4** no
        second run of a number that was granted; **I6** nothing stale is written or sent; **I7** no two holders at one OLT at a time,
        by the OLT's own account (a worker that was frozen between its check and its `sendto` may leave one *stray*); **I8** quiet gap
        after an unclean end; **I12** as many letters as dead tasks; **I13** nothing open, every queue empty and settled; **I19** the budget
        is not charged; **I22** every worker works again; **I23** nothing grows; **I25** returns stay below the delivery limit; **I26** the fault was seen to bite. *Ended twice* counts
        tasks with two recorded ends; *ran again* counts successful runs beyond the first of a task.
        """
}
