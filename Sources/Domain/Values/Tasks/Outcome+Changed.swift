extension Outcome {
    /// The same run with another verdict and another device result.
    package func changed(verdict: Verdict, device: DeviceResult?) -> Outcome {
        Outcome(
            task: task,
            number: number,
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
