"""How every form is drawn. The program's own forms are in `forms_program`."""

from django.forms.renderers import TemplatesSetting


class Renderer(TemplatesSetting):
    """`{{ form }}` and `{{ form.name.as_field_group }}` in the product's look."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
