import Assembly

@main
enum FlotillaOrchestrator {
    static func main() async {
        await OrchestratorProgram.main()
    }
}
