import Assembly

@main
enum FlotillaWorker {
    static func main() async {
        await WorkerProgram.main()
    }
}
