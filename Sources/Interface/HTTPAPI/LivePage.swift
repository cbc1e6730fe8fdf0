import HTTPTypes
import Hummingbird
import NIOCore

/// The script that keeps pages fresh, and the headers under which pages may run it.
///
/// The same server answers it: no inline script runs on these pages, whatever text a device sends.
enum LivePage {
    static let path = "/assets/live.js"

    static func add(to router: Router<APIContext>) {
        router.get(RouterPath(path)) { _, _ in
            Response(
                status: .ok,
                headers: [.contentType: "text/javascript; charset=utf-8", .cacheControl: "max-age=3600"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: script))
            )
        }
    }

    static func answer(_ html: String) -> Response {
        var response = Answer.page(html)
        response.headers[.contentSecurityPolicy] =
            "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
            + "frame-ancestors 'none'"
        response.headers[.xContentTypeOptions] = "nosniff"
        return response
    }

    /// Fetches the page again when events came, at most every 2 s, and every 10 s anyway; never while somebody fills in a field or reads details.
    private static let script = """
        "use strict";
        (() => {
          const label = document.getElementById("live");
          let busy = false, wanted = false, last = Date.now();
          const refresh = async () => {
            const focus = document.activeElement;
            const reads = document.querySelector("details[open]") !== null;
            if (busy || reads || document.hidden || (focus && /^(INPUT|SELECT)$/.test(focus.tagName))) return;
            busy = true; wanted = false;
            try {
              const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
              if (answer.ok) {
                const page = new DOMParser().parseFromString(await answer.text(), "text/html");
                const content = page.getElementById("content");
                if (content) document.getElementById("content").replaceWith(content);
                label.textContent = "live";
              } else { label.textContent = "the server answered " + answer.status; }
            } catch { label.textContent = "the server does not answer"; }
            last = Date.now(); busy = false;
          };
          setInterval(() => { const age = Date.now() - last; if ((wanted && age > 2000) || age > 10000) refresh(); }, 500);
          const pause = (span) => new Promise((done) => setTimeout(done, span));
          const listen = async () => {
            for (;;) {
              try {
                const answer = await fetch("/api/v1/events", { headers: { Accept: "text/event-stream" } });
                if (answer.ok) {
                  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
                  label.textContent = "live";
                  for (;;) {
                    const { done, value } = await reader.read();
                    if (done) break;
                    if (/^event: /m.test(value)) wanted = true;
                  }
                } else { label.textContent = "every 10 s"; }
              } catch { label.textContent = "reconnecting"; }
              await pause(3000);
            }
          };
          listen();
        })();

        """
}
