// export CLASSPATH='/usr/share/java/*:.'; javac FirstTest.java && java org.junit.platform.console.ConsoleLauncher --include-engine junit-jupiter --select-class FirstTest
// Java 17 and JUnit 5 (Debian: junit5); in your project: mvn test, gradle test. JAX-WS: wsimport reads …/Messaging.svc?wsdl.

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FirstTest {
    static final String NAMESPACE = "http://www.superoffice.net/ws/crm/NetServer/Services88";
    static final HttpClient HTTP = HttpClient.newHttpClient();

    /** Your application. Only its base URL is another one. */
    static void sendCode(String baseUrl, String to, String code) throws IOException, InterruptedException {
        var envelope = """
            <s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
              <SendMessages xmlns="%s"><OutgoingMessages>
                <OutgoingMessage><To>%s</To><Content>Your code is %s</Content></OutgoingMessage>
              </OutgoingMessages></SendMessages>
            </s:Body></s:Envelope>""".formatted(NAMESPACE, to, code);
        var request = HttpRequest.newBuilder(URI.create(baseUrl + "/Remote/Services88/Messaging.svc"))
            .header("Content-Type", "text/xml; charset=utf-8")
            .header("SOAPAction", "\"" + NAMESPACE + "/Messaging/SendMessages\"")
            .POST(BodyPublishers.ofString(envelope))
            .build();
        var answer = HTTP.send(request, BodyHandlers.ofString());
        if (answer.statusCode() != 200) throw new IOException(answer.body());
    }

    static final String DOUBLE =
        Optional.ofNullable(System.getenv("MESSAGING_DOUBLE_URL")).orElse("http://127.0.0.1:8080");

    @BeforeEach
    void reset() throws IOException, InterruptedException {
        ask("reset", "");
    }

    @Test
    void aCodeIsSent() throws IOException, InterruptedException {
        sendCode(DOUBLE + "/Cust12345", "+447700900001", "4711");

        var verdict = ask("verify", """
            {"match": {"to": "+447700900001", "content": {"contains": "4711"}}, "count": 1, "within": "5s"}""");
        assertEquals(200, verdict.statusCode(), () -> textOf(verdict.body()));
    }

    /** The control API of the double. */
    static HttpResponse<String> ask(String what, String json) throws IOException, InterruptedException {
        var url = URI.create(DOUBLE + "/_mock/v1/tenants/Cust12345/" + what);
        try {
            return HTTP.send(HttpRequest.newBuilder(url).POST(BodyPublishers.ofString(json)).build(), BodyHandlers.ofString());
        } catch (ConnectException refused) {
            throw new AssertionError("No double answers at " + DOUBLE + ": start one with messaging-double serve");
        }
    }

    /** The report for people; your JSON library does this better. */
    static String textOf(String report) {
        var text = Pattern.compile("\"text\": \"((?:[^\"\\\\]|\\\\.)*+)\"").matcher(report);
        return text.find() ? text.group(1).translateEscapes() : report;
    }
}
