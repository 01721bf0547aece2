// Runs the six operations of Messaging by the vendor's package, and prints what it got.
// Usage: node webapi.cjs BASE_URL CREDENTIALS [APPLICATION_TOKEN]; credentials are a ticket, 8A:… or name:password.
const { WebApi } = require("@superoffice/webapi");

const [, , url, credentials, application] = process.argv;

function connect() {
  const api = new WebApi(url, "en");
  if (credentials.startsWith("7T:")) api.authenticateWithTicket(credentials);
  else if (credentials.startsWith("8A:")) api.authenticateWithToken(credentials);
  else api.authenticateWithPassword(...credentials.split(":"));
  if (application) api.applicationToken(application);
  return api.getMessagingAgent();
}

async function main() {
  const agent = connect();
  const [receipt] = await agent.sendMessagesAsync("CM", [{ to: "+4799999999", from: "Me", content: "Hei æ 😀" }]);
  const reply = { to: "1", content: "x", parentMessagingId: receipt.messagingId };
  const [second] = await agent.sendMessagesWithConfigAsync("CM", [reply], { cm_username: "u" });
  const statuses = await agent.getDeliveryStatusAsync([second.messagingId, receipt.messagingId, 8]);
  await agent.setDeliveryStatusAsync("CM", "ext-1", 2, "delivered");
  const incoming = { to: "1", from: "2", content: "in", format: "sms/text", sessionKey: "k", plugin: "CM" };
  await agent.createMessageAsync(incoming);
  return { receipt, second, statuses, plugins: await agent.getPluginsAsync() };
}

main().then(
  (result) => console.log(JSON.stringify(result)),
  (error) => console.log(JSON.stringify({ status: error.response?.status, data: error.response?.data, text: `${error}` })),
);
