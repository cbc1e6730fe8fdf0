extension Outcome {
    /// The same run with another verdict and another device result; `number`: under another number, too.
    package func changed(number: DispatchNumber? = nil, verdict: Verdict, device: DeviceResult?) -> Outcome {
        Outcome(
            task: task,
            number: number ?? self.number,
            attempt: attempt,
            worker: worker,
            run: run,
            verdict: verdict,
            startedAt: startedAt,
            finishedAt: finishedAt,
            redeliveries: redeliveries,
            result: result,
            device: device,
            parts: parts,
            traceParent: traceParent
        )
    }
}
