import StatusPages

extension Texts {
    static func of(_ language: Language) -> Texts {
        switch language {
        case .en: english
        case .de: german
        case .fr: french
        case .es: spanish
        case .ptBR: brazilianPortuguese
        case .ja: japanese
        }
    }
}

extension String {
    /// A number such as `99.94` as most languages of Europe and South America write it.
    var withDecimalComma: String { replacing(".", with: ",") }
}
