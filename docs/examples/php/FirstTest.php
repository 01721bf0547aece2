<?php
/*
 * phpunit FirstTest.php
 * PHP 8 with its soap extension, PHPUnit 9 or newer (Debian: php-cli php-soap phpunit).
 */

declare(strict_types=1);

use PHPUnit\Framework\TestCase;

/** Your application. Only its base URL is another one. */
function sendCode(string $baseUrl, string $to, string $code): int
{
    $options = ['cache_wsdl' => WSDL_CACHE_NONE, 'features' => SOAP_SINGLE_ELEMENT_ARRAYS];
    $messaging = new SoapClient("$baseUrl/Remote/Services88/Messaging.svc?wsdl", $options);
    $message = ['To' => $to, 'Content' => "Your code is $code"];
    $answer = $messaging->SendMessages(['OutgoingMessages' => ['OutgoingMessage' => [$message]]]);
    return $answer->Response->MessageDeliveryStatus[0]->MessagingId;
}

final class FirstTest extends TestCase
{
    private string $double;

    protected function setUp(): void
    {
        $this->double = getenv('MESSAGING_DOUBLE_URL') ?: 'http://127.0.0.1:8080';
        $this->ask('reset');
    }

    public function testACodeIsSent(): void
    {
        sendCode("$this->double/Cust12345", '+447700900001', '4711');

        $match = ['to' => '+447700900001', 'content' => ['contains' => '4711']];
        [$status, $report] = $this->ask('verify', ['match' => $match, 'count' => 1, 'within' => '5s']);
        $this->assertSame(200, $status, $report['text'] ?? json_encode($report));
    }

    /** The control API of the double: the status of its answer, and the answer. */
    private function ask(string $what, array $body = []): array
    {
        $request = [
            'method' => 'POST',
            'header' => 'Content-Type: application/json',
            'content' => json_encode((object) $body, JSON_THROW_ON_ERROR),
            'ignore_errors' => true,
        ];
        $url = "$this->double/_mock/v1/tenants/Cust12345/$what";
        $answer = @fopen($url, 'r', false, stream_context_create(['http' => $request]));
        if ($answer === false) {
            $this->fail("No double answers at $this->double: start one with messaging-double serve");
        }
        $status = (int) explode(' ', stream_get_meta_data($answer)['wrapper_data'][0])[1];
        return [$status, json_decode(stream_get_contents($answer), true)];
    }
}
