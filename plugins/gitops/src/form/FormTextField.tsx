import MuiTextField from '@material-ui/core/TextField';
import { TextField } from '@backstage/ui';
import { useScaffolderTheme } from '@backstage/plugin-scaffolder-react/alpha';

export interface FormTextFieldProps {
  id: string;
  label: string;
  description: string;
  value: string;
  isInvalid: boolean;
  isDisabled: boolean;
  onChange: (value: string) => void;
}

/** A required line of text that looks like the other fields of the form it is in. */
export function FormTextField(props: FormTextFieldProps) {
  const { id, label, description, value, isInvalid, isDisabled, onChange } =
    props;
  const theme = useScaffolderTheme();
  if (theme === 'bui') {
    return (
      <TextField
        id={id}
        label={label}
        description={description}
        value={value}
        isInvalid={isInvalid}
        isDisabled={isDisabled}
        isRequired
        onChange={onChange}
      />
    );
  }
  return (
    <MuiTextField
      id={id}
      label={label}
      helperText={description}
      value={value}
      error={isInvalid}
      disabled={isDisabled}
      fullWidth
      required
      onChange={event => onChange(event.target.value)}
    />
  );
}
