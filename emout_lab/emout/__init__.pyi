from emout_lab.emout.facade import Emout as Emout
