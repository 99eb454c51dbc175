import MuiTextField from '@material-ui/core/TextField';
import { TextField } from '@backstage/ui';
import { useScaffolderTheme } from '@backstage/plugin-scaffolder-react/alpha';

export interface FormTextFieldProps {
  id: string;
  label: string;
  description?: string;
  value: string;
  isInvalid: boolean;
  isDisabled: boolean;
  onChange: (value: string) => void;
}

/**
 * A required line of text that looks like the other fields of the form it is in.
 * That it is missing is said by the form's validation, not by the browser.
 */
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
        validationBehavior="aria"
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
      inputProps={{ 'aria-required': true }}
      InputLabelProps={{ required: true }}
      FormHelperTextProps={{ error: false }}
      onChange={event => onChange(event.target.value)}
    />
  );
}
