<?php
/*
 * PHP's SoapClient, driven by lines of JSON: the first argument says how it is configured, each line of standard input
 * is a call, each line of standard output what PHP made of the answer.
 */

declare(strict_types=1);

const ARRAYS = 'http://schemas.microsoft.com/2003/10/Serialization/Arrays';
const ITEMS = [
    'OutgoingMessages' => 'OutgoingMessage',
    'Config' => 'StringKeyValuePair',
    'MessagingIds' => 'int',
];

$how = json_decode($argv[1], true, 512, JSON_THROW_ON_ERROR);
$namespace = $how['namespace'];
$options = [
    'soap_version' => $how['soap'] === '1.2' ? SOAP_1_2 : SOAP_1_1,
    'keep_alive' => $how['keep_alive'],
    'cache_wsdl' => WSDL_CACHE_NONE,
    'connection_timeout' => 30,
    'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
    'trace' => true,
];
$client = $how['wsdl'] === null
    ? new SoapClient(null, $options + ['location' => $how['location'], 'uri' => $namespace])
    : new SoapClient($how['wsdl'], $options);

$headers = [];
foreach ($how['headers'] as $name => $value) {
    $headers[] = new SoapHeader($namespace, $name, $how['wsdl'] === null ? untyped($name, $value, $namespace) : $value);
}

while (($line = fgets(STDIN)) !== false) {
    $call = json_decode($line, true, 512, JSON_THROW_ON_ERROR);
    $given = $call['parameters'];
    $answered = [];
    try {
        if ($how['wsdl'] === null) {
            $members = [];
            foreach ($given as $name => $value) {
                $members[] = untyped($name, $value, $namespace);
            }
            $action = ['soapaction' => "$namespace/{$how['agent']}/{$call['operation']}"];
            $result = $client->__soapCall($call['operation'], $members, $action, $headers, $answered);
        } else {
            foreach (ITEMS as $name => $item) {
                if (isset($given[$name])) {
                    $given[$name] = [$item => $given[$name]];
                }
            }
            $result = $client->__soapCall($call['operation'], [$given], null, $headers, $answered);
        }
        $out = ['result' => $result, 'headers' => $answered];
    } catch (SoapFault $fault) {
        $out = ['fault' => $fault->getMessage(), 'code' => $fault->faultcode];
    }
    $out['httpStatus'] = strtok((string) $client->__getLastResponseHeaders(), "\r\n");
    fwrite(STDOUT, json_encode($out, JSON_THROW_ON_ERROR) . "\n");
}

/* What a client without a WSDL has to say itself: the name and the namespace of each element. */
function untyped(string $name, mixed $value, string $namespace, ?string $in = null): SoapVar
{
    $in ??= $namespace;
    if (!is_array($value)) {
        return new SoapVar($value, is_int($value) ? XSD_INT : XSD_STRING, '', '', $name, $in);
    }
    $members = [];
    foreach ($value as $key => $each) {
        $item = is_int($key) ? ITEMS[$name] : $key;
        $members[] = untyped($item, $each, $namespace, $item === 'int' ? ARRAYS : $namespace);
    }
    return new SoapVar($members, SOAP_ENC_OBJECT, '', '', $name, $in);
}
