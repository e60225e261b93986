/// The passwords that users may choose: long ones that cannot be guessed from what is known about the user.
public enum PasswordRule {
    /// In Unicode scalars.
    public static let least = 12
    /// In bytes of UTF-8.
    public static let most = 1_024

    /// A password of guessable words must have at least this many other characters, such as digits.
    private static let leastOthers = 8

    /// The rows of keyboards from the United States, Germany and France, and the alphabet.
    private static let rows = [
        "1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./", "qwertzuiop", "yxcvbnm,.-", "azertyuiop",
        "qsdfghjklm", "wxcvbn,;:!", "abcdefghijklmnopqrstuvwxyz",
    ]

    /// The problem with a password, as a sentence for its owner; nil if it is good.
    /// - Parameters:
    ///   - email: the owner's address.
    ///   - name: the owner's name.
    public static func problem(
        _ password: String, email: String, name: String, pageNames: [String]
    ) -> String? {
        if password.utf8.count > most {
            return "The password must have at most \(most) bytes; got \(password.utf8.count)."
        }
        let count = password.unicodeScalars.count
        if count < least { return "The password must have at least \(least) characters; got \(count)." }
        if isRepetition(Array(password.lowercased())) {
            return "The password must not be a short text that is repeated."
        }
        if isOfRows(password.lowercased()) {
            return "The password must not consist of characters that are next to each other on a keyboard "
                + "or in the alphabet."
        }
        if isOfWords(password, of: [email, name, "allclear", "password"] + pageNames) {
            return "The password must not consist of guessable words, such as your name, a page name, or \"password\"."
        }
        return nil
    }

    /// Whether a text repeats its beginning at least once. The last repetition may be cut off.
    private static func isRepetition(_ text: [Character]) -> Bool {
        guard text.count > 1 else { return true }
        return (1...text.count / 2).contains { period in zip(text, text.dropFirst(period)).allSatisfy(==) }
    }

    /// Whether a text consists of parts of rows, forwards or backwards. Parts have at least three characters, and a row
    /// may begin again after its end.
    private static func isOfRows(_ text: String) -> Bool {
        let pairs = Set(
            rows.flatMap { row in
                let keys = Array(row)
                return zip(keys, keys.dropFirst() + keys.prefix(1)).flatMap { ["\($0)\($1)", "\($1)\($0)"] }
            } + ["90", "09", "01", "10"])
        let characters = Array(text)
        let isNext = zip(characters, characters.dropFirst()).map { pairs.contains("\($0)\($1)") }
        // A character belongs to a part if it is one of three successive characters that are neighbours in a row.
        return characters.indices.allSatisfy { index in
            let links = (index - 2...index + 1).map { isNext.indices.contains($0) && isNext[$0] }
            return (links[0] && links[1]) || (links[1] && links[2]) || (links[2] && links[3])
        }
    }

    /// Whether the letters of a text are words of other texts, one after the other, with few other characters.
    private static func isOfWords(_ text: String, of texts: [String]) -> Bool {
        let words = Set(texts.flatMap(self.words)).filter { $0.count >= 3 }
        let characters = Array(text.lowercased())
        let letters = characters.filter(\.isLetter)
        guard !letters.isEmpty, characters.count - letters.count < leastOthers else { return false }
        // Whether words end at each place.
        var ends = [true] + [Bool](repeating: false, count: letters.count)
        for start in letters.indices where ends[start] {
            for word in words where letters[start...].starts(with: word) { ends[start + word.count] = true }
        }
        return ends[letters.count]
    }

    private static func words(of text: String) -> [[Character]] {
        text.lowercased().split { !$0.isLetter }.map(Array.init)
    }
}
