// A page around ODK Web Forms as its hosts write it: fetches a form by OpenRosa, shows it, sends what was filled in.
// Knows the server by its address only (`?server=…&form=…`), as ODK Collect does.

import {createApp, h} from "vue";
import {OdkWebForm, webFormsPlugin} from "@getodk/web-forms";

const given = new URLSearchParams(location.search);
const server = given.get("server").replace(/\/$/, "");
const headers = {"X-OpenRosa-Version": "1.0"};

async function fetchXml(address) {
  const answer = await fetch(address, {headers});
  if (!answer.ok) throw new Error(`${answer.status} ${address}`);
  return answer.text();
}

function read(text, name) {
  return [...new DOMParser().parseFromString(text, "text/xml").getElementsByTagName(name)].map((each) =>
    Object.fromEntries([...each.children].map((part) => [part.localName, part.textContent])));
}

async function send(payload) {
  const where = await fetch(`${server}/submission?deviceID=web-1`, {method: "HEAD", headers});
  if (where.status !== 204) throw new Error(`HEAD ${where.status}`);
  const answers = [];
  for (const data of payload.data) {
    const answer = await fetch(where.headers.get("Location"), {method: "POST", headers, body: data});
    answers.push({status: answer.status, text: await answer.text()});
  }
  return answers;
}

const forms = read(await fetchXml(`${server}/formList?deviceID=web-1`), "xform");
const form = forms.find((each) => each.name === given.get("form"));
const files = form.manifestUrl ? read(await fetchXml(form.manifestUrl), "mediaFile") : [];
// A sheet that was sent earlier, to be corrected; whoever opens the page sets it.
const editInstance = window.earlier === undefined ? undefined : {
  resolveInstance: () => Promise.resolve(window.earlier),
  attachmentFileNames: [],
  resolveAttachment: () => Promise.reject(new Error("no files")),
};
const formXml = await fetchXml(form.downloadUrl);

createApp({
  render: () => h(OdkWebForm, {
    formXml,
    editInstance,
    missingResourceBehavior: "BLANK",
    fetchFormAttachment: (address) => {
      const file = files.find((each) => each.filename === address.pathname.split("/").pop());
      return file ? fetch(file.downloadUrl) : Promise.resolve(new Response("", {status: 404}));
    },
    onSubmit: async (payload) => {
      window.instance = await payload.data[0].get("xml_submission_file").text();
      window.sent = await send(payload);
    },
  }),
}).use(webFormsPlugin).mount("#app");
window.files = files;
