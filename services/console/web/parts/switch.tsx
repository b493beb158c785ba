import { Switch as BaseSwitch } from '@base-ui/react/switch';

type Props = { label: string; isOn: boolean; isDisabled: boolean; onChange: (isOn: boolean) => void };

export function Switch({ label, isOn, isDisabled, onChange }: Props) {
  return (
    <BaseSwitch.Root
      className="switch"
      aria-label={label}
      checked={isOn}
      disabled={isDisabled}
      onCheckedChange={onChange}
    >
      <BaseSwitch.Thumb className="switch-thumb" />
    </BaseSwitch.Root>
  );
}
