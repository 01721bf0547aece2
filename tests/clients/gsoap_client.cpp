// The client that gSOAP generates from the WSDL, driven by lines: "path=hex path=hex ..." is a call, the answer to it is
// a line of JSON.  Arguments: endpoint ("" for the one in the WSDL), namespace, SOAP version, keep-alive, time zone.

#include "soapBasicHttpBinding_USCOREMessagingProxy.h"

#include <cstdio>
#include <iostream>
#include <map>
#include <sstream>
#include <vector>

#include "BasicHttpBinding_USCOREMessaging.nsmap"

typedef std::map<std::string, std::string> Call;

static Call call;
static struct soap *memory;

static std::string unhex(const std::string &hex) {
    std::string text;
    for (size_t i = 0; i + 1 < hex.size(); i += 2)
        text += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    return text;
}

static std::string json(const std::string &text) {
    std::ostringstream out;
    out << '"';
    for (unsigned char c : text) {
        if (c == '"' || c == '\\')
            out << '\\' << c;
        else if (c < 0x20) {
            char escaped[8];
            std::snprintf(escaped, sizeof escaped, "\\u%04x", c);
            out << escaped;
        } else
            out << c;
    }
    out << '"';
    return out.str();
}

static std::string json(int number) { return std::to_string(number); }
static std::string json(bool value) { return value ? "true" : "false"; }

// A member of the contract's that is optional to gSOAP: absent in the JSON where it is absent in the answer.
template <typename T> static std::string member(const char *name, const T *value) {
    return value ? "," + json(std::string(name)) + ":" + json(*value) : "";
}

static std::string object(const std::string &members) { return "{" + (members.empty() ? members : members.substr(1)) + "}"; }

static std::string *text(const std::string &path) {
    if (!call.count(path))
        return nullptr;
    std::string *value = soap_new_std__string(memory);
    *value = unhex(call[path]);
    return value;
}

static int *number(const std::string &path) {
    if (!call.count(path))
        return nullptr;
    int *value = static_cast<int *>(soap_malloc(memory, sizeof(int)));
    *value = std::stoi(unhex(call[path]));
    return value;
}

static std::string item(const std::string &list, int i) { return list + "." + std::to_string(i); }

static int length(const std::string &list) { return *number(list); }

static ns1__ArrayOfOutgoingMessage *outgoing_messages() {
    ns1__ArrayOfOutgoingMessage *messages = soap_new_ns1__ArrayOfOutgoingMessage(memory);
    for (int i = 0; i < length("OutgoingMessages"); i++) {
        std::string path = item("OutgoingMessages", i);
        if (!call.count(path)) {
            messages->OutgoingMessage.push_back(nullptr);
            continue;
        }
        ns1__OutgoingMessage *message = soap_new_ns1__OutgoingMessage(memory);
        message->From = text(path + ".From");
        message->To = text(path + ".To");
        message->Content = text(path + ".Content");
        message->Format = text(path + ".Format");
        message->ParentMessagingId = number(path + ".ParentMessagingId");
        message->SuggestedSessionKey = text(path + ".SuggestedSessionKey");
        messages->OutgoingMessage.push_back(message);
    }
    return messages;
}

static ns1__IncomingMessage *incoming_message() {
    if (!call.count("IncomingMessage"))
        return nullptr;
    ns1__IncomingMessage *message = soap_new_ns1__IncomingMessage(memory);
    message->To = text("IncomingMessage.To");
    message->From = text("IncomingMessage.From");
    message->Content = text("IncomingMessage.Content");
    message->Format = text("IncomingMessage.Format");
    message->SessionKey = text("IncomingMessage.SessionKey");
    message->Plugin = text("IncomingMessage.Plugin");
    return message;
}

static ns1__StringDictionary *config() {
    ns1__StringDictionary *pairs = soap_new_ns1__StringDictionary(memory);
    for (int i = 0; i < length("Config"); i++) {
        _ns1__StringDictionary_StringKeyValuePair pair;
        pair.Key = text(item("Config", i) + ".Key");
        pair.Value = text(item("Config", i) + ".Value");
        pairs->StringKeyValuePair.push_back(pair);
    }
    return pairs;
}

static arr__ArrayOfint *messaging_ids() {
    arr__ArrayOfint *ids = soap_new_arr__ArrayOfint(memory);
    for (int i = 0; i < length("MessagingIds"); i++)
        ids->int_.push_back(*number(item("MessagingIds", i)));
    return ids;
}

static std::string list(const std::string &items) { return "[" + (items.empty() ? items : items.substr(1)) + "]"; }

static std::string rows(const ns1__ArrayOfMessageDeliveryStatus *statuses) {
    if (!statuses)
        return "null";
    std::string items;
    for (const ns1__MessageDeliveryStatus *row : statuses->MessageDeliveryStatus)
        items += "," + object(member("Status", row->Status) + member("StatusDescription", row->StatusDescription) +
                              member("MessagingId", row->MessagingId));
    return list(items);
}

static std::string rows(const ns1__ArrayOfProviderInfo *plugins) {
    if (!plugins)
        return "null";
    std::string items;
    for (const ns1__ProviderInfo *plugin : plugins->ProviderInfo) {
        std::string formats;
        if (plugin->SupportedMessagingFormats)
            for (const std::string &format : plugin->SupportedMessagingFormats->string)
                formats += "," + json(format);
        items += "," + object(member("Name", plugin->Name) + ",\"SupportedMessagingFormats\":" + list(formats) +
                              member("SupportsConfig", plugin->SupportsConfig));
    }
    return list(items);
}

static std::string response;

static int perform(BasicHttpBinding_USCOREMessagingProxy &proxy, const char *endpoint, const std::string &ns) {
    const std::string operation = unhex(call["operation"]);
    const std::string action = ns + "/Messaging/" + operation;
    response = "null";
    if (operation == "SendMessages") {
        _ns1__SendMessages given;
        _ns1__SendMessagesResponse got;
        given.Plugin = text("Plugin");
        given.OutgoingMessages = outgoing_messages();
        int error = proxy.SendMessages(endpoint, action.c_str(), &given, got);
        response = rows(got.Response);
        return error;
    }
    if (operation == "SendMessagesWithConfig") {
        _ns1__SendMessagesWithConfig given;
        _ns1__SendMessagesWithConfigResponse got;
        given.Plugin = text("Plugin");
        given.OutgoingMessages = outgoing_messages();
        given.Config = config();
        int error = proxy.SendMessagesWithConfig(endpoint, action.c_str(), &given, got);
        response = rows(got.Response);
        return error;
    }
    if (operation == "GetDeliveryStatus") {
        _ns1__GetDeliveryStatus given;
        _ns1__GetDeliveryStatusResponse got;
        given.MessagingIds = messaging_ids();
        int error = proxy.GetDeliveryStatus(endpoint, action.c_str(), &given, got);
        response = rows(got.Response);
        return error;
    }
    if (operation == "SetDeliveryStatus") {
        _ns1__SetDeliveryStatus given;
        _ns1__SetDeliveryStatusResponse got;
        given.Plugin = text("Plugin");
        given.ExternalMessageId = text("ExternalMessageId");
        given.Status = number("Status");
        given.StatusDescription = text("StatusDescription");
        return proxy.SetDeliveryStatus(endpoint, action.c_str(), &given, got);
    }
    if (operation == "CreateMessage") {
        _ns1__CreateMessage given;
        _ns1__CreateMessageResponse got;
        given.IncomingMessage = incoming_message();
        return proxy.CreateMessage(endpoint, action.c_str(), &given, got);
    }
    _ns1__GetPlugins given;
    _ns1__GetPluginsResponse got;
    int error = proxy.GetPlugins(endpoint, action.c_str(), &given, got);
    response = rows(got.Response);
    return error;
}

static std::string answer(BasicHttpBinding_USCOREMessagingProxy &proxy) {
    const SOAP_ENV__Header *header = proxy.soap_header();
    std::string members = ",\"response\":" + response;
    members += ",\"connection\":" + json(soap_valid_socket(proxy.soap->socket) ? true : false);
    members += ",\"endpoint\":" + json(std::string(proxy.soap_endpoint));
    if (!header)
        return object(members);
    members += member("succeeded", header->ns1__Succeeded);
    if (header->ns1__ExceptionInfo)
        members += ",\"exception\":" + object(member("Message", header->ns1__ExceptionInfo->Message));
    if (header->ns1__TimeZone)
        members += ",\"timeZone\":" + object(member("SoTimeZoneId", header->ns1__TimeZone->SoTimeZoneId) +
                                              member("SoTimeZoneLocationCode", header->ns1__TimeZone->SoTimeZoneLocationCode));
    return object(members);
}

int main(int, char **argv) {
    const std::string endpoint = argv[1], ns = argv[2], soap = argv[3], keep_alive = argv[4], zone = argv[5];
    BasicHttpBinding_USCOREMessagingProxy proxy(SOAP_C_UTFSTRING | (keep_alive == "yes" ? SOAP_IO_KEEPALIVE : 0));
    memory = proxy.soap;
    proxy.soap->connect_timeout = proxy.soap->send_timeout = proxy.soap->recv_timeout = 30;

    std::vector<struct Namespace> map; // the generated one, its contract replaced by that of the version asked for
    for (const struct Namespace *each = namespaces;; each++) {
        map.push_back(*each);
        if (!each->id)
            break;
        if (std::string(each->id) == "ns1")
            map.back().ns = ns.c_str();
    }
    soap_set_namespaces(proxy.soap, map.data());

    for (std::string line; std::getline(std::cin, line); proxy.destroy()) {
        call.clear();
        std::istringstream words(line);
        for (std::string word; words >> word;)
            call[word.substr(0, word.find('='))] = word.substr(word.find('=') + 1);

        std::string token = "1234567-1234-9876", ticket = "7T:MQAyADMANAA=";
        ns1__SoCredentials credentials;
        credentials.Ticket = &ticket;
        ns1__SoTimeZone time_zone;
        int zone_id = 48;
        std::string location = zone;
        time_zone.SoTimeZoneId = &zone_id;
        time_zone.SoTimeZoneLocationCode = &location;
        proxy.soap_header(&token, &credentials, nullptr, nullptr, nullptr, zone.empty() ? nullptr : &time_zone);
        soap_set_version(proxy.soap, soap == "1.2" ? 2 : 1);

        if (perform(proxy, endpoint.empty() ? nullptr : endpoint.c_str(), ns) == SOAP_OK)
            std::cout << answer(proxy) << std::endl;
        else {
            std::ostringstream fault;
            proxy.soap_stream_fault(fault);
            std::cout << object(",\"fault\":" + json(fault.str())) << std::endl;
        }
    }
}
