import { Select as BaseSelect } from '@base-ui/react/select';

type Props = { name: string; label: string; hint?: string; choices: Record<string, string>; initial: string };

/** One choice of a few, as a field of a form. */
export function Select({ name, label, hint, choices, initial }: Props) {
  return (
    <div className="field">
      <BaseSelect.Root name={name} items={choices} defaultValue={initial}>
        <BaseSelect.Label className="label">{label}</BaseSelect.Label>
        {hint !== undefined && <p className="hint">{hint}</p>}
        <BaseSelect.Trigger className="select">
          <BaseSelect.Value />
          <BaseSelect.Icon aria-hidden>▾</BaseSelect.Icon>
        </BaseSelect.Trigger>
        <BaseSelect.Portal>
          <BaseSelect.Positioner className="select-positioner" sideOffset={4} alignItemWithTrigger={false}>
            <BaseSelect.Popup className="select-popup">
              <BaseSelect.List>
                {Object.entries(choices).map(([value, text]) => (
                  <BaseSelect.Item key={value} value={value} className="select-item">
                    <BaseSelect.ItemText>{text}</BaseSelect.ItemText>
                  </BaseSelect.Item>
                ))}
              </BaseSelect.List>
            </BaseSelect.Popup>
          </BaseSelect.Positioner>
        </BaseSelect.Portal>
      </BaseSelect.Root>
    </div>
  );
}
