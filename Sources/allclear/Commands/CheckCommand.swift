import ArgumentParser

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Validate the configuration and print every problem with its place.")

    @OptionGroup var option: ConfigurationOption

    func run() throws {
        let configuration = try option.loadWithCertificates()
        let name = option.loader.path ?? "the built-in configuration"
        let pages = configuration.pages ?? Configuration.demoPages
        try Terminal.say("\(name) is valid: \(pages.count == 1 ? "1 page" : "\(pages.count) pages")")
    }
}
