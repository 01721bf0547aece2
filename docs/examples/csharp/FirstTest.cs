// mcs -r:System.ServiceModel,System.Runtime.Serialization,System.Net.Http FirstTest.cs && mono FirstTest.exe
// .NET Framework, Mono (Debian: mono-mcs libmono-system-servicemodel4.0a-cil), or .NET with the package
// System.ServiceModel.Http. In your project the contract is what svcutil made from …/Messaging.svc?wsdl.

using System;
using System.IO;
using System.Net.Http;
using System.Runtime.Serialization;
using System.Runtime.Serialization.Json;
using System.ServiceModel;
using System.Text;

[ServiceContract(Name = "Messaging", Namespace = Contract.Namespace)]
public interface IMessaging
{
    [OperationContract(Action = Contract.Namespace + "/Messaging/SendMessages", ReplyAction = "*")]
    [return: MessageParameter(Name = "Response")]
    MessageDeliveryStatus[] SendMessages(OutgoingMessage[] OutgoingMessages);
}

public static class Contract
{
    public const string Namespace = "http://www.superoffice.net/ws/crm/NetServer/Services88";
}

[DataContract(Namespace = Contract.Namespace)]
public class OutgoingMessage
{
    [DataMember(Order = 0)] public string To;
    [DataMember(Order = 1)] public string Content;
}

[DataContract(Namespace = Contract.Namespace)]
public class MessageDeliveryStatus
{
    [DataMember] public int MessagingId;
}

/// <summary>What the control API says of an expectation; more than this, in JSON.</summary>
[DataContract]
public class Report
{
    [DataMember(Name = "text")] public string Text;
}

public static class FirstTest
{
    static readonly HttpClient Http = new HttpClient();

    /// <summary>Your application. Only its base URL is another one.</summary>
    public static int SendCode(string baseUrl, string to, string code)
    {
        var endpoint = new EndpointAddress(baseUrl + "/Remote/Services88/Messaging.svc");
        using (var factory = new ChannelFactory<IMessaging>(new BasicHttpBinding(), endpoint))
        {
            var message = new OutgoingMessage { To = to, Content = "Your code is " + code };
            return factory.CreateChannel().SendMessages(new[] { message })[0].MessagingId;
        }
    }

    /// <summary>The control API of the double.</summary>
    public static HttpResponseMessage Ask(string url, string json)
    {
        try
        {
            return Http.PostAsync(url, new StringContent(json, Encoding.UTF8, "application/json")).Result;
        }
        catch (AggregateException)
        {
            throw new Exception("No double answers at " + url + ": start one with messaging-double serve");
        }
    }

    public static string TextOf(HttpResponseMessage answer)
    {
        var body = answer.Content.ReadAsByteArrayAsync().Result;
        var report = (Report)new DataContractJsonSerializer(typeof(Report)).ReadObject(new MemoryStream(body));
        return report.Text ?? Encoding.UTF8.GetString(body);
    }

    public static int Main()
    {
        var url = Environment.GetEnvironmentVariable("MESSAGING_DOUBLE_URL") ?? "http://127.0.0.1:8080";
        var tenant = url + "/_mock/v1/tenants/Cust12345";
        Ask(tenant + "/reset", "");

        SendCode(url + "/Cust12345", "+447700900001", "4711");

        var verdict = Ask(tenant + "/verify", @"
            {""match"": {""to"": ""+447700900001"", ""content"": {""contains"": ""4711""}}, ""count"": 1, ""within"": ""5s""}");
        if (!verdict.IsSuccessStatusCode)
        {
            Console.Error.Write(TextOf(verdict));
            return 1;
        }
        Console.WriteLine("ok");
        return 0;
    }
}
