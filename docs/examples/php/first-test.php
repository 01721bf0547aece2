<?php
/*
 * php first-test.php
 * PHP 8 with its soap extension (Debian: php-cli php-soap).
 */

declare(strict_types=1);

/* Your application. It is told another base URL, and nothing else. */
function sendCode(string $baseUrl, string $to, string $code): int
{
    $options = ['cache_wsdl' => WSDL_CACHE_NONE, 'features' => SOAP_SINGLE_ELEMENT_ARRAYS];
    $messaging = new SoapClient("$baseUrl/Remote/Services88/Messaging.svc?wsdl", $options);
    $message = ['To' => $to, 'Content' => "Your code is $code"];
    $answer = $messaging->SendMessages(['OutgoingMessages' => ['OutgoingMessage' => [$message]]]);
    return $answer->Response->MessageDeliveryStatus[0]->MessagingId;
}

/* The control API of the double: the status of its answer, and the answer. */
function ask(string $url, array $body = []): array
{
    $request = [
        'method' => 'POST',
        'header' => 'Content-Type: application/json',
        'content' => json_encode((object) $body, JSON_THROW_ON_ERROR),
        'ignore_errors' => true,
    ];
    $answer = fopen($url, 'r', false, stream_context_create(['http' => $request]));
    $status = (int) explode(' ', stream_get_meta_data($answer)['wrapper_data'][0])[1];
    return [$status, json_decode(stream_get_contents($answer), true)];
}

$double = getenv('MESSAGING_DOUBLE_URL') ?: 'http://127.0.0.1:8080';
$tenant = "$double/_mock/v1/tenants/Cust12345";
ask("$tenant/reset");

sendCode("$double/Cust12345", '+447700900001', '4711');

$expectation = ['match' => ['to' => '+447700900001', 'content' => ['contains' => '4711']], 'count' => 1, 'within' => '5s'];
[$status, $report] = ask("$tenant/verify", $expectation);
if ($status !== 200) {
    fwrite(STDERR, $report['text'] ?? "{$report['error']}: {$report['hint']}\n");
    exit(1);
}
echo "ok\n";
