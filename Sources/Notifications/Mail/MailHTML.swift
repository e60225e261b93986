import Markup

/// The frame of an email in HTML, and its parts: one column, which every mail program can show.
///
/// The email sets no colour of text or background, so programs in dark mode show it in their own colours. It loads
/// nothing.
enum MailHTML {
    static func beginning(title: String) -> HTML {
        """
        <!DOCTYPE html>
        <html lang="en" style="color-scheme:light dark">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <meta name="color-scheme" content="light dark">
        <title>\(title)</title>
        </head>
        <body style="margin:0;padding:24px 16px">
        <div style="max-width:600px;margin:0 auto;font:16px/1.5 system-ui,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;\
        overflow-wrap:anywhere">

        """
    }

    static let end: HTML = """
        </div>
        </body>
        </html>

        """

    /// A paragraph in small type.
    static func note(_ content: HTML) -> HTML { "<p style=\"margin:4px 0;font-size:14px\">\(content)</p>\n" }

    static func heading(_ text: String) -> HTML {
        "<h1 style=\"margin:0 0 8px;font-size:20px;line-height:1.3\">\(text)</h1>\n"
    }

    /// A link that is large enough for a finger.
    static func button(_ label: String, url: String) -> HTML {
        """
        <p style="margin:24px 0"><a href="\(url: url)" style="display:inline-block;padding:10px 20px;border:2px solid;\
        border-radius:6px;font-weight:600;text-decoration:none">\(label)</a></p>

        """
    }

    static func link(_ label: String, url: String) -> HTML { "<a href=\"\(url: url)\">\(label)</a>" }
}
