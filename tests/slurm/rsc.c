/* Gives this cluster's sbatch the option --rsc of Kyoto's system, and tells jobs what they asked. */
#include <regex.h>
#include <stdio.h>
#include <string.h>
#include <slurm/spank.h>

SPANK_PLUGIN(rsc, 1);

static char asked[128];

static int take(int val, const char *text, int remote)
{
    regex_t form;
    int bad;

    if (regcomp(&form, "^p=[0-9]+:t=[0-9]+:c=[0-9]+:m=[0-9]+[MG]$", REG_EXTENDED | REG_NOSUB))
        return -1;
    bad = text == NULL || regexec(&form, text, 0, NULL, 0) != 0;
    regfree(&form);
    if (bad) {
        slurm_error("rsc: '%s' is not p=N:t=N:c=N:m=NG", text ? text : "");
        return -1;
    }
    snprintf(asked, sizeof(asked), "%s", text);
    return 0;
}

static struct spank_option rsc = {
    "rsc", "p=N:t=N:c=N:m=NG", "Processes, threads, cores and memory of a job.", 1, 0, take,
};

int slurm_spank_init(spank_t spank, int argc, char **argv)
{
    return spank_option_register(spank, &rsc);
}

int slurm_spank_task_init(spank_t spank, int argc, char **argv)
{
    return asked[0] ? spank_setenv(spank, "RSC_ASKED", asked, 1) : 0;
}
