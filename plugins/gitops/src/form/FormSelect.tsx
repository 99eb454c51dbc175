import MuiMenuItem from '@material-ui/core/MenuItem';
import MuiTextField from '@material-ui/core/TextField';
import { Select } from '@backstage/ui';
import { useScaffolderTheme } from '@backstage/plugin-scaffolder-react/alpha';
import type { FormTextFieldProps } from './FormTextField';

export interface FormSelectProps extends FormTextFieldProps {
  options: { value: string; label: string }[];
  /** There is a choice already, so that none is asked for. */
  isOptional?: boolean;
}

/**
 * A choice that looks like the other fields of the form it is in; required unless
 * said otherwise. That it is missing is said by the form's validation, not by the browser.
 */
export function FormSelect(props: FormSelectProps) {
  const { id, label, description, value, isInvalid, isDisabled, onChange } =
    props;
  const { options, isOptional = false } = props;
  const theme = useScaffolderTheme();
  // A value that is not among the options, from an old link say, is not shown as one.
  const known = options.some(option => option.value === value);
  if (theme === 'bui') {
    return (
      <Select
        id={id}
        label={label}
        description={description}
        value={known ? value : null}
        isInvalid={isInvalid}
        isDisabled={isDisabled}
        isRequired={!isOptional}
        validationBehavior="aria"
        options={options}
        onChange={chosen => onChange(String(chosen))}
      />
    );
  }
  return (
    <MuiTextField
      id={id}
      select
      label={label}
      helperText={description}
      value={known ? value : ''}
      error={isInvalid}
      disabled={isDisabled}
      fullWidth
      InputLabelProps={{ required: !isOptional, shrink: known || undefined }}
      FormHelperTextProps={{ error: false }}
      // The list of choices gets its name from the label through this id.
      SelectProps={{ labelId: `${id}-label`, displayEmpty: known }}
      onChange={event => onChange(event.target.value)}
    >
      {options.map(option => (
        <MuiMenuItem key={option.value} value={option.value}>
          {option.label}
        </MuiMenuItem>
      ))}
    </MuiTextField>
  );
}
