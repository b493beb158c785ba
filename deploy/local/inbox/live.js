// @ts-nocheck It runs in a browser; the compiler knows this workspace as one for Node.
const showTimes = (within) => {
  for (const time of within.querySelectorAll('time')) time.textContent = new Date(time.dateTime).toLocaleString();
};
showTimes(document);

const events = new EventSource('/events');
for (const kind of ['email', 'sms'])
  events.addEventListener(kind, ({ data }) => {
    const template = document.createElement('template');
    template.innerHTML = JSON.parse(data);
    showTimes(template.content);
    template.content.firstElementChild.classList.add('new');
    document.getElementById(kind).prepend(template.content);
  });

// What came while the connection was gone is on a fresh page.
let wasLost = false;
events.addEventListener('error', () => (wasLost = true));
events.addEventListener('open', () => wasLost && location.reload());

for (const button of document.querySelectorAll('[data-fail]'))
  button.addEventListener('click', async () => {
    const body = JSON.stringify({ [button.dataset.fail]: 2 });
    const answer = await fetch('/failures', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const { email, sms } = await answer.json();
    document.querySelector('[role=status]').textContent = `To be turned away: ${email} emails, ${sms} texts`;
  });
