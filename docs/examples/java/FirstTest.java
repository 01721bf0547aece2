// java FirstTest.java
// Java 17 or newer; no libraries. Where you have JAX-WS, let wsimport make a client from …/Messaging.svc?wsdl.

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Optional;
import java.util.regex.Pattern;

class FirstTest {
    static final String NAMESPACE = "http://www.superoffice.net/ws/crm/NetServer/Services88";
    static final HttpClient HTTP = HttpClient.newHttpClient();

    /** Your application. It is told another base URL, and nothing else. */
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

    public static void main(String[] arguments) throws IOException, InterruptedException {
        var url = Optional.ofNullable(System.getenv("MESSAGING_DOUBLE_URL")).orElse("http://127.0.0.1:8080");
        var tenant = url + "/_mock/v1/tenants/Cust12345";
        ask(tenant + "/reset", "");

        sendCode(url + "/Cust12345", "+447700900001", "4711");

        var verdict = ask(tenant + "/verify", """
            {"match": {"to": "+447700900001", "content": {"contains": "4711"}}, "count": 1, "within": "5s"}""");
        if (verdict.statusCode() != 200) throw new AssertionError(textOf(verdict.body()));
        System.out.println("ok");
    }

    /** The control API of the double. */
    static HttpResponse<String> ask(String url, String json) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(url)).POST(BodyPublishers.ofString(json)).build();
        return HTTP.send(request, BodyHandlers.ofString());
    }

    /** The report for people; your JSON library does this better. */
    static String textOf(String report) {
        var text = Pattern.compile("\"text\": \"((?:[^\"\\\\]|\\\\.)*+)\"").matcher(report);
        return text.find() ? text.group(1).translateEscapes() : report;
    }
}
