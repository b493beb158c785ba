/**
 * Buttons do not hear the second click of a double click: what the first one did may have put another button in their place,
 * and that one would be pressed unread, as Release after Claim, or the confirmation in a dialog.
 */
export function ignoreSecondClicks(): void {
  document.addEventListener(
    'click',
    (event) => {
      if (event.detail < 2 || !(event.target instanceof Element) || !event.target.closest('button')) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    { capture: true },
  );
}
